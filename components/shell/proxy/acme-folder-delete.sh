#!/bin/sh
# Takes ACME's certificate away from nginx. Account and certificate stay, for the next time.
set -eu
rm -rf "$FOLDER/served" "$FOLDER/challenges"
