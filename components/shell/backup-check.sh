#!/bin/sh
# Ends with an error when the backups at the target are of another passphrase: an `up` says so at once,
# and not the last backup of the semester.
set -eu
container=$(docker ps --quiet --filter "label=com.docker.swarm.service.name=$SERVICE" | head -n 1)
if [ -z "$container" ]; then
  echo "The backup service $SERVICE has stopped again. Run 'npm run logs backup', then 'npm run up' again." >&2
  exit 1
fi
docker exec "$container" semesterhub-backup check
