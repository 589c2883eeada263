#!/bin/bash
# Healthy: nginx answers on its plain port and listens on its TLS port, and the watch goes on.
set -eu
kill -0 "$(cat /tmp/watch.pid)"
exec 4<>/dev/tcp/127.0.0.1/8443
exec 3<>/dev/tcp/127.0.0.1/8080
printf 'GET /semesterhub/health HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r -t 4 status <&3
[[ "$status" == 'HTTP/1.1 200 OK'* ]]
