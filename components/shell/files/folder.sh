#!/bin/sh
# Makes FOLDER with OWNER and MODE, and prints it. What is in it keeps its own.
set -eu
mkdir -p "$FOLDER"
chown "$OWNER" "$FOLDER"
chmod "$MODE" "$FOLDER"
printf '%s\n' "$FOLDER"
