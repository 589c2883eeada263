#!/bin/sh
# Fetches THERE, an image with its registry SERVER in its name, to this machine, and prints its name
# with its digest. The password of USERNAME comes on standard input and stays only as long as this
# runs; without a USERNAME the registry is asked as nobody. ADVICE is what to do if it has no such image.
set -eu
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
if [ -n "$USERNAME" ]; then
  docker login --username "$USERNAME" --password-stdin "$SERVER" >/dev/null 2>"$DOCKER_CONFIG/said" || {
    cat "$DOCKER_CONFIG/said" >&2
    exit 1
  }
fi
# Many machines ask at once, and an engine gives a registry 10 s for a handshake: what may pass is tried
# again, and what is there of the image already is not fetched twice.
tries=1
until docker pull --quiet "$THERE" >/dev/null 2>"$DOCKER_CONFIG/said"; do
  if [ "$tries" -ge 5 ] || ! grep -q -i -e timeout -e 'deadline exceeded' -e 'connection re' -e EOF "$DOCKER_CONFIG/said"; then
    cat "$DOCKER_CONFIG/said" >&2
    if grep -q -e 'manifest unknown' -e 'name unknown' -e 'not found' "$DOCKER_CONFIG/said"; then
      printf '%s is not in the registry. %s\n' "$THERE" "$ADVICE" >&2
    fi
    exit 1
  fi
  tries=$((tries + 1))
  sleep 5 # before another try: nothing tells when the registry has less to do
done
# With the digest, so that a machine that has the image asks nobody before it starts a container.
digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$THERE" |
  grep -F "${THERE%:*}@" | head -n 1)
printf '%s@%s\n' "$THERE" "${digest#*@}"
