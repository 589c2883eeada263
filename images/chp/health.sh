#!/bin/bash
# Healthy: the proxy listens on its TLS port, and the API, which is the same process, answers and asks for
# its token. Bash, not Node: it runs every few seconds for a whole term.
set -euo pipefail

exec 4<>/dev/tcp/127.0.0.1/8000
exec 3<>"/dev/tcp/$(< /tmp/api-address)/8001"
printf 'GET /api/routes HTTP/1.0\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[[ ${status} == 403 ]]
