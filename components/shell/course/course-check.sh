#!/bin/sh
# A student who never existed before gets in through the proxy, works in a server, and is removed again
# (images/hub, check.py). A course that is full is told of, and no reason to fail: people are served.
set -eu
container=$(wait_for_container "$SERVICE" "service" hub)
status=0
printf '%s\n' "$CERTIFICATES" |
  docker exec --interactive "$container" semesterhub-check "$ADDRESS" "$PORT" || status=$?
[ "$status" -ne 3 ] || exit 0
exit "$status"
