#!/bin/sh
# Removes the forward FORWARD.
set -eu
unit=semesterhub-forward-$FORWARD
exec 9>/run/lock/semesterhub-forward
flock 9
systemctl --quiet disable --now "$unit.socket" "$unit.service" 2>/dev/null || true
rm -f "/etc/systemd/system/$unit.socket" "/etc/systemd/system/$unit.service"
systemctl daemon-reload
