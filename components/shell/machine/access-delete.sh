#!/bin/sh
# Lets the stack's own SSH key PUBLIC_KEY in no more. It is the last thing that runs on the machine with it.
set -eu
home=$(getent passwd "${SUDO_USER:-root}" | cut -d : -f 6)
file=$home/.ssh/authorized_keys
[ -e "$file" ] || exit 0
rest=$(mktemp)
grep -v -x -F -e "$PUBLIC_KEY" "$file" >"$rest" || true # nothing is left where it was the only one
# Over the file, so that it keeps its owner and mode.
cat "$rest" >"$file"
rm -f "$rest"
