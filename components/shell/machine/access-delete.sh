#!/bin/sh
# Lets the stack's own SSH key PUBLIC_KEY in no more. It is the last thing that runs on the machine with it.
set -eu
home=$(getent passwd "${SUDO_USER:-root}" | cut -d : -f 6)
file=$home/.ssh/authorized_keys
[ -e "$file" ] || exit 0
rest=$(mktemp)
trap 'rm -f "$rest"' EXIT
# 1: nothing is left where it was the only one. Where grep can't do it, nobody may be locked out.
grep -v -x -F -e "$PUBLIC_KEY" "$file" >"$rest" || [ "$?" -eq 1 ] || exit 2
# Over the file, so that it keeps its owner and mode.
cat "$rest" >"$file"
