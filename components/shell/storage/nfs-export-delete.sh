#!/bin/sh
# Ends the export to one machine.
set -eu
rm -f "/etc/exports.d/$EXPORT.exports"
! command -v exportfs >/dev/null || exportfs -r
