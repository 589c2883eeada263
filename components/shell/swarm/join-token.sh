#!/bin/sh
# Prints the token with which machines join the Swarm SWARM as workers. It is a secret.
set -eu
docker swarm join-token --quiet worker
