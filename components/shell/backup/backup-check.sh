#!/bin/sh
# Ends with an error when the backups at the target are of another passphrase: an `up` says so at once,
# and not the last backup of the semester. A service that did not change may be on its way all the same:
# to a machine that was made anew.
set -eu
find_container() { docker ps --quiet --filter "label=com.docker.swarm.service.name=$SERVICE" | head -n 1; }
container=$(find_container)
tries=0
while [ -z "$container" ]; do
  tries=$((tries + 1))
  if [ "$tries" -ge 120 ]; then
    echo "The backup service $SERVICE does not run. Run 'npm run logs backup', then 'npm run up' again." >&2
    exit 1
  fi
  sleep 1 # between two looks: this engine knows nothing of a container that is to come
  container=$(find_container)
done
docker exec "$container" semesterhub-backup check
