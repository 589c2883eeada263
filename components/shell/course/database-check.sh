#!/bin/sh
# Looks at the databases that standard input names (JSON, with their passwords) from this machine, as its
# containers will. Fails with what is wrong with them and what to do.
set -eu
docker run --rm --interactive --read-only --tmpfs /tmp:mode=1777 --cap-drop ALL --memory 256m \
  --env PGSSLMODE=verify-full --env PGSSLROOTCERT=/etc/ssl/certs/ca-certificates.crt --env PGCONNECT_TIMEOUT=10 \
  "$IMAGE" python3 -m semesterhub_database examine
