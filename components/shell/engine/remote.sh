#!/bin/sh
# Waits until this machine's engine answers through the TLS ENGINE on LISTEN, and prints how HOST reaches it, as JSON.
set -eu
socket=/run/docker.sock
answers() {
  # Without a client's certificate stunnel ends the connection after the handshake: enough here.
  docker version >/dev/null 2>&1 &&
    openssl s_client -connect "$LISTEN" -CAfile "/etc/semesterhub/$ENGINE/ca.pem" -verify_return_error </dev/null >/dev/null 2>&1
}
if ! await 60 1 answers; then
  docker version >&2 || true
  fail "the Docker engine did not answer at $LISTEN for 60 s: systemctl status docker semesterhub-$ENGINE"
fi
ipv6=false
[ ! -e /proc/net/if_inet6 ] || ipv6=true
printf '{"host":"%s","socket":"%s","socketGroup":"%s","ipv6":%s}' "$HOST" "$socket" "$(stat -L -c %g "$socket")" "$ipv6"
