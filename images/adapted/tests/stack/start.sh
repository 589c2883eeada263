#!/bin/bash
# What docker-stacks' hooks do: a variable that only the image's own start makes.
export FROM_THE_IMAGE=yes
exec "$@"
