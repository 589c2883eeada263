#!/bin/bash
# Starts nginx, and beside it a watch for what is new in /etc/semesterhub.
set -eu
# As many open files as the engine allows: newer engines start with 1024, some 250 connections here.
ulimit -n "$(ulimit -H -n)"
rm -rf /tmp/taken /tmp/tls /tmp/tls-*
proxy-reload --start

watch() {
  local said told=
  while sleep 5; do # files come from other containers and the operator: a look is cheap
    said=$(proxy-reload 2>&1) || :
    # The same complaint only once.
    [ "$said" = "$told" ] || [ -z "$said" ] || printf '%s\n' "$said" >&2
    told=$said
  done
}
watch &
echo $! >/tmp/watch.pid
# -e: before it has read its configuration, nginx would write to a log file of root's.
exec nginx -e stderr -g "daemon off;"
