#!/bin/bash
# Healthy: the registry can use its storage, and listens on its TLS port.
set -eu
exec 4<>/dev/tcp/127.0.0.1/5000
exec 3<>/dev/tcp/127.0.0.1/5001
printf 'GET /debug/health HTTP/1.0\r\n\r\n' >&3
read -r -t 4 status <&3
[[ "$status" == 'HTTP/1.0 200 OK'* || "$status" == 'HTTP/1.1 200 OK'* ]]
