#!/bin/sh
# Hands connections to PORT on to TARGET, byte by byte: TLS is between the operator and the engine. The
# firewall says who may connect. A socket of systemd's: nothing runs until somebody does.
set -eu
unit=semesterhub-forward-$PORT
# One after the other: systemd is told of changes for all units at once.
exec 9>/run/lock/semesterhub-forward
flock 9
changed=false
if put "/etc/systemd/system/$unit.socket" <<UNIT; then changed=true; fi
[Unit]
Description=Forward to the Docker engine at $TARGET
[Socket]
ListenStream=0.0.0.0:$PORT
NoDelay=yes
[Install]
WantedBy=sockets.target
UNIT
if put "/etc/systemd/system/$unit.service" <<UNIT; then changed=true; fi
[Unit]
Description=Forward to the Docker engine at $TARGET
Requires=$unit.socket
After=$unit.socket network.target
[Service]
ExecStart=/usr/lib/systemd/systemd-socket-proxyd --exit-idle-time=10min $TARGET
DynamicUser=yes
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
CapabilityBoundingSet=
UNIT
if [ "$changed" = true ]; then
  systemctl daemon-reload
  systemctl --quiet stop "$unit.service" # it knows its old target only
fi
# Each `enable` makes systemd read all its units: on a small machine that takes its time.
systemctl --quiet is-enabled "$unit.socket" || systemctl --quiet --no-reload enable "$unit.socket"
systemctl start "$unit.socket"
