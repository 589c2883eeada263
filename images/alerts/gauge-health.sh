#!/bin/bash
# Exit 0 if the gauge of this container answers. Bash, not Python: it runs every few seconds for a
# whole term.
set -euo pipefail

exec 3<>/dev/tcp/127.0.0.1/8090
printf 'GET / HTTP/1.0\r\n\r\n' >&3
read -r -t 5 _ status _ <&3
[[ ${status} == 200 ]]
