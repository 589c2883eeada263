#!/bin/sh
# Fails where another program listens on a port of the proxy's: ahead of its container's replacement,
# while the old one still serves. PORTS are "key=number"; CONTAINER's own ports are no obstacle.
set -eu
own=$(docker inspect --type container --format \
  '{{range .HostConfig.PortBindings}}{{range .}}{{.HostPort}} {{end}}{{end}}' "$CONTAINER" 2>/dev/null) || own=
for entry in $PORTS; do
  key=${entry%%=*} port=${entry#*=}
  case " $own" in *" $port "*) continue ;; esac
  hex=$(printf ':%04X' "$port")
  # Of a computer without /proc, Docker itself says it.
  for table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$table" ] || continue
    # 0A is a socket that listens.
    if awk -v hex="$hex\$" '$4 == "0A" && $2 ~ hex { found = 1 } END { exit !found }' "$table"; then
      echo "proxy.$key: another program listens on port $port of the proxy's machine (ss -ltnp 'sport = :$port' shows it). Stop it, or set another proxy.$key." >&2
      exit 1
    fi
  done
done
