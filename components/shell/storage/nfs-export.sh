#!/bin/sh
# Exports the folders FOLDERS of STORAGE to one machine, CLIENT. Its root is nobody here: homes are
# made on this machine, and students' servers run as their students.
set -eu
file=/etc/exports.d/$EXPORT.exports
new=$(mktemp)
trap 'rm -f "$new"' EXIT
for folder in $FOLDERS; do
  printf '"%s/%s" %s(rw,sync,root_squash,no_subtree_check,sec=sys)\n' "$STORAGE" "$folder" "$CLIENT"
done >"$new"
chmod 0644 "$new"
cp "$new" "$file"
exportfs -r
