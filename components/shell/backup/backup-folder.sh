#!/bin/sh
# Makes the folder that backups go to. It is never removed.
set -eu
mkdir -p "$FOLDER"
chmod 0700 "$FOLDER"
