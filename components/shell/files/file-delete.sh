#!/bin/sh
# Removes FILE.
set -eu
rm -f "$FILE"
