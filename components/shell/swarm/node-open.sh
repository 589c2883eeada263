#!/bin/sh
# The worker NODE has all that it needs for its ROLE ("node": students' servers): they may be put there.
set -eu
docker node update --availability active --label-add "semesterhub.role.$STACK=$ROLE" "$NODE" >/dev/null
