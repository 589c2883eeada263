#!/bin/sh
# Ends with an error when the backups at the target are of another passphrase: an `up` says so at once,
# and not the last backup of the semester.
set -eu
container=$(wait_for_container "$SERVICE" "backup service" backup)
docker exec "$container" semesterhub-backup check
