#!/bin/sh
# Prints the SSH host key of HOST as in known_hosts ("ssh-ed25519 AAAA…"), the best kind that it has.
# Waits until SSH answers: a machine that was made a moment ago takes a while to come up.
set -eu
limit=${WAIT_SECONDS:-600}
until_second=$(($(date +%s) + limit))
while :; do
  keys=$(ssh-keyscan -T 5 -p "$PORT" -t ed25519,ecdsa,rsa "$HOST" 2>/dev/null || true)
  for kind in ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 ssh-rsa; do
    key=$(printf '%s\n' "$keys" | awk -v kind="$kind" '$2 == kind { print $2, $3; exit }')
    if [ -n "$key" ]; then
      printf '%s\n' "$key"
      exit 0
    fi
  done
  if [ "$(date +%s)" -ge "$until_second" ]; then
    echo "$MACHINE: no SSH server answered at $HOST, port $PORT, for $limit s (asked from ${FROM}). Is the machine on, is the address right, does a firewall stand between? Then run npm run up again." >&2
    exit 1
  fi
  sleep 2 # between two looks: nothing tells from afar when a machine has booted
done
