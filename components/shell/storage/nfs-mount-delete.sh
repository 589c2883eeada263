#!/bin/sh
# Takes the folders' mounts away; the folders below them were empty.
set -eu
for folder in $FOLDERS; do
  unit=$(systemd-escape --path "$STORAGE/$folder")
  systemctl disable --quiet --now "$unit.automount" "$unit.mount" 2>/dev/null || :
  rm -f "/etc/systemd/system/$unit.mount" "/etc/systemd/system/$unit.automount"
  rmdir "$STORAGE/$folder" 2>/dev/null || :
done
systemctl daemon-reload
rmdir "$STORAGE" 2>/dev/null || :
