#!/bin/bash
# Takes up what is new in /etc/semesterhub: configuration and certificate, without dropping a
# connection. Does nothing where nothing is new; what nginx refuses, it says, and goes on as before.
# proxy-reload --start: before nginx runs.
set -eu
umask 077
from=/etc/semesterhub
tls=/tmp/tls
exec 9>/tmp/reload.lock
flock 9

# ACME's certificate where there is one: the key is in the same file (images/acme).
acme=$from/acme/served/certificate.pem
if [ -e "$acme" ]; then
  certificate=$acme key=$acme
else
  certificate=$from/tls/server.crt key=$from/tls/server.key
fi
state=$(stat -c '%n %i %Y %s' "$from/site.conf" "$from/tls/ca.crt" "$certificate" "$key")
[ "$state" != "$(cat /tmp/taken 2>/dev/null)" ] || exit 0

# A copy, so that nginx never sees one file of a pair that is being changed.
new=$(mktemp -d /tmp/tls-XXXXXX)
cp "$certificate" "$new/server.crt"
cp "$key" "$new/server.key"
# OCSP only where the certificate names who answers; nginx warns otherwise.
if openssl x509 -noout -ocsp_uri -in "$certificate" 2>/dev/null | grep -q .; then
  resolvers=$(awk '$1 == "nameserver" { print ($2 ~ /:/) ? "[" $2 "]" : $2 }' /etc/resolv.conf | xargs)
  printf 'ssl_stapling on;\nresolver %s;\n' "$resolvers" >"$new/stapling.conf"
fi

choose() {
  ln -s "$1" /tmp/tls-link
  mv -T /tmp/tls-link "$tls"
}
old=$(readlink "$tls" || :)
choose "$new"
if ! nginx -e stderr -t -q; then
  [ -z "$old" ] || choose "$old"
  rm -r "$new"
  exit 1
fi
if [ "${1:-}" != --start ]; then
  # nginx says on standard error that it reloads; only what goes wrong is of interest.
  said=$(nginx -e stderr -s reload 2>&1) || {
    echo "$said" >&2
    exit 1
  }
fi
printf '%s\n' "$state" >/tmp/taken
[ -z "$old" ] || rm -r "$old"
