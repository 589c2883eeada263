#!/bin/sh
# Empties the worker NODE, before what students' servers need there is taken away. First it gets no new
# servers; those that run stay until they are idle or DRAIN_MINUTES have passed. A node that is down is
# not waited for.
set -eu
labels=$(docker node inspect --format '{{range $label, $value := .Spec.Labels}}{{println $label}}{{end}}' "$NODE" 2>/dev/null) || exit 0
state() { docker node inspect --format '{{.Status.State}}' "$NODE"; }
# What runs, whether or not it should: a container has its time to end.
running() { docker node ps --format '{{.CurrentState}}' "$@" "$NODE" | grep -c '^Running' || :; }

# Another stack's node as well: it stays in use, and only this stack's servers end, at once.
others=$(printf '%s\n' "$labels" | grep '^semesterhub[.]role[.]' | grep -v -x -F "semesterhub.role.$STACK" || :)
if [ -n "$others" ]; then
  docker node update --label-rm "semesterhub.role.$STACK" "$NODE" >/dev/null
  exit 0
fi

docker node update --availability pause "$NODE" >/dev/null
end=$(($(date +%s) + DRAIN_MINUTES * 60))
told=
while [ "$(state)" = ready ] && [ "$(date +%s)" -lt "$end" ]; do
  servers=$(running --filter label=semesterhub.student)
  [ "$servers" -gt 0 ] || break
  if [ "$servers" != "$told" ]; then
    echo "$NODE_NAME: $servers students' servers still run; waiting until they are idle, at most $DRAIN_MINUTES minutes." >&2
    told=$servers
  fi
  sleep 5 # between two looks: Swarm has no event for a task that ends
done

docker node update --availability drain "$NODE" >/dev/null
tries=0
while [ "$(state)" = ready ] && [ "$(running)" -gt 0 ] && [ "$tries" -lt 60 ]; do
  tries=$((tries + 1))
  sleep 1 # likewise, while containers have their time to end
done
