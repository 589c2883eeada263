#!/bin/sh
# Looks whether the folders FOLDERS of STORAGE, which the hub's machine has made, are here too.
set -eu
for folder in $FOLDERS; do
  if [ ! -d "$STORAGE/$folder" ]; then
    echo "$NODE_NAME does not see $STORAGE/$folder, which the hub's machine has made. With semesterhub:storage.shared, every machine must have $STORAGE from the same file system: mount it there, or take storage.shared out, and the hub's machine exports it." >&2
    exit 1
  fi
done
