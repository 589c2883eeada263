#!/bin/sh
# Sends IMAGE, which is on this machine, to the registry SERVER and prints its name there with its
# digest. The password comes on standard input and stays only as long as this runs.
set -eu
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
there=$SERVER/$IMAGE
docker login --username "$USERNAME" --password-stdin "$SERVER" >/dev/null 2>"$DOCKER_CONFIG/said" || {
  cat "$DOCKER_CONFIG/said" >&2
  exit 1
}
docker tag "$IMAGE" "$there"
docker push --quiet "$there" >/dev/null
# With the digest, so that a machine that has the image asks nobody before it starts a container.
digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$there" |
  grep -F "${there%:*}@" | head -n 1)
printf '%s@%s\n' "$there" "${digest#*@}"
