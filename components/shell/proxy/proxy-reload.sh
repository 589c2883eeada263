#!/bin/sh
# Has nginx take up its new configuration and certificate now, and says what it refuses.
set -eu
docker exec "$CONTAINER" proxy-reload
