#!/bin/sh
# Removes the students' servers that the hub made: they are not in Pulumi's state, and the course
# network can't be removed while they use it. Waits until their containers are gone, from every machine
# of the Swarm that answers: this one's are seen here, the other machines' by their tasks.
set -eu
label="label=semesterhub.stack=$STACK"
services=$(docker service ls --quiet --filter "$label" --filter label=semesterhub.student)
containers=$(docker ps --quiet --filter "$label" --filter label=semesterhub.student)
[ -z "$services" ] || printf '%s\n' "$services" | xargs docker service rm >/dev/null
# A container that is gone before docker looks at it is what we want, not an error.
[ -z "$containers" ] || printf '%s\n' "$containers" | xargs timeout 60 docker wait >/dev/null 2>&1 || true

elsewhere() {
  docker node ls --format '{{.Status}} {{.Self}} {{.ID}}' | while read -r status own node; do
    if [ "$status" = Ready ] && [ "$own" = false ]; then
      docker node ps --quiet --filter "$label" --filter label=semesterhub.student "$node"
    fi
  done
}
tries=0
while [ -n "$(elsewhere)" ] && [ "$tries" -lt 60 ]; do
  tries=$((tries + 1))
  sleep 1 # between two looks: Swarm has no event for a task on another machine that ends
done
if [ -n "$(docker ps --quiet --filter "$label" --filter label=semesterhub.student)$(elsewhere)" ]; then
  echo "Students' containers did not stop within 60 s: docker ps --filter label=semesterhub.student" >&2
  exit 1
fi
