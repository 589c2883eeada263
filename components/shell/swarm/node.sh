#!/bin/sh
# Takes the worker NODE in as the machine NODE_NAME; nothing runs there yet. An earlier entry of the
# same machine, from before it was made anew, goes; not the machine of another stack, STACK being this one.
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
address() { docker node inspect --format '{{.Status.Addr}}' "$1"; }
roles() { docker node inspect --format '{{range $label, $value := .Spec.Labels}}{{println $label}}{{end}}' "$1" | grep '^semesterhub[.]role[.]' || :; }
for entry in $(docker node ls --quiet --filter "node.label=semesterhub.node=$NODE_NAME"); do
  [ "$entry" != "$NODE" ] || continue
  other=$(roles "$entry" | grep -v -x -F "semesterhub.role.$STACK" | head -n 1 || :)
  if [ -n "$other" ] && [ "$(address "$entry")" != "$(address "$NODE")" ]; then
    echo "The stack ${other#semesterhub.role.} has another machine called $NODE_NAME in this Swarm, at $(address "$entry"). Give this one another name (hosts.nodes[…].name)." >&2
    exit 1
  fi
  docker node rm --force "$entry" >/dev/null
done
docker node update --label-add "semesterhub.node=$NODE_NAME" "$NODE" >/dev/null
printf '%s\n' "$NODE"
