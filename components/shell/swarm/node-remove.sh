#!/bin/sh
# Takes the worker NODE out of the Swarm, unless another stack's students run there as well.
set -eu
labels=$(docker node inspect --format '{{range $label, $value := .Spec.Labels}}{{println $label}}{{end}}' "$NODE" 2>/dev/null) || exit 0
others=$(printf '%s\n' "$labels" | grep '^semesterhub[.]role[.]' | grep -v -x -F "semesterhub.role.$STACK" || :)
[ -z "$others" ] || exit 0
docker node rm --force "$NODE" >/dev/null
