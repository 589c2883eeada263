#!/bin/sh
# Takes the worker NODE in as the machine NODE_NAME; nothing runs there yet. An earlier entry of the
# same machine, from before it was made anew, goes.
set -eu
tries=0
until [ "$(docker node inspect --format '{{.Status.State}}' "$NODE" 2>/dev/null)" = ready ]; do
  tries=$((tries + 1))
  if [ "$tries" -ge 180 ]; then
    echo "The machine $NODE_NAME joined the Swarm, but the manager can't reach it. On it, look at: journalctl -u docker" >&2
    exit 1
  fi
  sleep 1 # between two looks: the manager tells of no change
done
for entry in $(docker node ls --quiet --filter "node.label=semesterhub.node=$NODE_NAME"); do
  [ "$entry" = "$NODE" ] || docker node rm --force "$entry" >/dev/null
done
docker node update --label-add "semesterhub.node=$NODE_NAME" "$NODE" >/dev/null
printf '%s\n' "$NODE"
