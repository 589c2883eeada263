#!/bin/sh
# Lets nginx take its new configuration and certificates without dropping a connection.
set -eu
docker exec "$CONTAINER" nginx -t -q
docker exec "$CONTAINER" nginx -s reload
