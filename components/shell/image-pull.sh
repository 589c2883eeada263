#!/bin/sh
# Fetches IMAGE from the registry SERVER to this machine. The password comes on standard input and
# stays only as long as this runs.
set -eu
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
docker login --username "$USERNAME" --password-stdin "$SERVER" >/dev/null 2>"$DOCKER_CONFIG/said" || {
  cat "$DOCKER_CONFIG/said" >&2
  exit 1
}
docker pull --quiet "$SERVER/$IMAGE"
