#!/bin/sh
# Lets nginx take its new configuration and certificates without dropping a connection.
set -eu
docker exec "$CONTAINER" nginx -t -q
# nginx says on standard error that it reloads; only what goes wrong is of interest.
said=$(docker exec "$CONTAINER" nginx -s reload 2>&1) || {
  echo "$said" >&2
  exit 1
}
