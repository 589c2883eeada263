#!/bin/sh
# Writes standard input to FILE, whole or not at all, with MODE and OWNER.
set -eu
umask 077
mkdir -p "$(dirname "$FILE")"
new=$(mktemp "$FILE.XXXXXX")
trap 'rm -f "$new"' EXIT
cat >"$new"
chown "$OWNER" "$new"
chmod "$MODE" "$new"
mv -f "$new" "$FILE"
