#!/bin/sh
# Forwards a port to TARGET, byte by byte: TLS is between the operator and the engine. The firewall says
# who may connect. A socket of systemd's: nothing runs until somebody connects. FORWARD is the forward's
# name, which keeps its port, a free one from FIRST to LAST; prints the port.
set -eu
units=/etc/systemd/system
unit=semesterhub-forward-$FORWARD
# One after the other: systemd is told of changes for all units at once, and each takes a free port.
exec 9>/run/lock/semesterhub-forward
flock 9
port=$(sed -n 's/^ListenStream=.*://p' "$units/$unit.socket" 2>/dev/null || :)
if [ -z "$port" ]; then
  taken=$(cat "$units"/semesterhub-forward-*.socket 2>/dev/null | sed -n 's/^ListenStream=.*://p')
  listening=$(ss -H -l -t -n 2>/dev/null | awk '{ sub(/.*:/, "", $4); print $4 }')
  port=$FIRST
  while printf '%s\n%s\n' "$taken" "$listening" | grep -q -x "$port"; do
    port=$((port + 1))
    [ "$port" -le "$LAST" ] || fail "the ports from $FIRST to $LAST are all in use: ls $units/semesterhub-forward-*"
  done
fi
changed=false
if put "$units/$unit.socket" <<UNIT; then changed=true; fi
[Unit]
Description=Forward to the Docker engine at $TARGET
[Socket]
ListenStream=0.0.0.0:$port
NoDelay=yes
[Install]
WantedBy=sockets.target
UNIT
if put "$units/$unit.service" <<UNIT; then changed=true; fi
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
printf '%s' "$port"
