#!/bin/sh
# Waits for this computer's Docker engine and prints how to reach it, as JSON.
set -eu
host=${DOCKER_HOST:-}
[ -n "$host" ] || host=$(docker context inspect --format '{{.Endpoints.docker.Host}}')
case $host in
unix://*) socket=${host#unix://} ;;
*)
  echo "The local platform needs Docker's unix socket, and this shell's engine is at $host. Unset DOCKER_HOST or choose the platform 'hosts'." >&2
  exit 1
  ;;
esac
tries=0
until docker --host "$host" version --format '{{.Server.Version}}' >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -ge 30 ]; then
    docker --host "$host" version >&2 || true
    echo "The Docker engine at $host did not answer for 30 s. Start it (systemctl start docker) and run this again." >&2
    exit 1
  fi
  sleep 1 # between two looks: an engine that doesn't answer can't tell when it will
done
# An engine that left its Swarm still has the containers that were outside of it, with names that the new ones get.
if [ -n "${SEMESTERHUB_GENERATION:-}" ] &&
  [ "$(docker --host "$host" info --format '{{.Swarm.LocalNodeState}}')" = inactive ]; then
  docker --host "$host" ps --all --quiet --filter "label=semesterhub.stack=$STACK" |
    xargs -r docker --host "$host" rm --force >/dev/null
fi
group=$(stat -L -c %g "$socket" 2>/dev/null || stat -L -f %g "$socket")
ipv6=false
[ ! -e /proc/net/if_inet6 ] || ipv6=true
printf '{"host":"%s","socket":"%s","socketGroup":"%s","ipv6":%s}' "$host" "$socket" "$group" "$ipv6"
