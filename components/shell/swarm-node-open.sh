#!/bin/sh
# The worker NODE has all that students' servers need: from now on they may be put there.
set -eu
docker node update --availability active --label-add "semesterhub.role.$STACK=node" "$NODE" >/dev/null
