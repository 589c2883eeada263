#!/bin/sh
# Sends IMAGE, which is on this machine, to the registry SERVER as THERE. The password of USERNAME comes
# on standard input and stays only as long as this runs; without a USERNAME it is sent as whoever is
# logged in.
set -eu
if [ -n "$USERNAME" ]; then
  DOCKER_CONFIG=$(mktemp -d)
  export DOCKER_CONFIG
  trap 'rm -rf "$DOCKER_CONFIG"' EXIT
  docker login --username "$USERNAME" --password-stdin "$SERVER" >/dev/null 2>"$DOCKER_CONFIG/said" || {
    cat "$DOCKER_CONFIG/said" >&2
    exit 1
  }
fi
docker tag "$IMAGE" "$THERE"
docker push "$THERE"
