#!/bin/sh
# Makes the folder that nginx reads and prints it. Its files have modes of their own.
set -eu
mkdir -p "$FOLDER/tls"
chmod 0755 "$FOLDER" "$FOLDER/tls"
printf '%s\n' "$FOLDER"
