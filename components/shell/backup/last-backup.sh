#!/bin/sh
# A backup before the semester is taken down: KIND is "now", while the course runs, or "final", when
# nobody writes any more. Refuses to go on without it.
set -eu
container=$(docker ps --quiet --filter "label=com.docker.swarm.service.name=$SERVICE" | head -n 1)
if [ -z "$container" ]; then
  echo "The backup service $SERVICE does not run, so the last backup can't be taken and nothing is destroyed. Run 'npm run up' to repair it, then 'npm run down' again." >&2
  exit 1
fi
docker exec "$container" semesterhub-backup "$KIND"
