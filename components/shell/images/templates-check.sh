#!/bin/sh
# Has IMAGE, the hub's, render the pages with the templates on standard input (JSON), in a container
# that reaches nothing. Fails with what is wrong in them.
set -eu
docker run --rm --interactive --network none --read-only --tmpfs /tmp --cap-drop ALL --memory 512m \
  "$IMAGE" semesterhub-templates
