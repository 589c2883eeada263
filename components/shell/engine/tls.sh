#!/bin/sh
# Mutual TLS in front of the engine's unix socket: stunnel on LISTEN, a unit and a folder called ENGINE for
# each semester on the machine. dockerd reads its certificates once, and a restart of it stops a Swarm's
# containers (live-restore and Swarm exclude each other); stunnel takes new ones with a reload that no
# connection notices.
# Standard input: the private key, the certificate, the authority's certificate, each in PEM.
set -eu
install_packages openssl stunnel4
user=semesterhub-engine
if ! id "$user" >/dev/null 2>&1; then
  useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
fi
folder=/etc/semesterhub/$ENGINE
unit=semesterhub-$ENGINE
mkdir -p "$folder"
chmod 0711 "$folder"
umask 077
work=$(mktemp -d "$folder/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
# Three PEM blocks, in order.
awk -v folder="$work" '/^-----BEGIN /{ n++ } n { print > (folder "/" n) }' 
for part in 1:key 2:crt 3:ca; do
  [ -s "$work/${part%%:*}" ] || fail "the engine's key and certificates did not arrive whole."
  chown "$user:$user" "$work/${part%%:*}"
  chmod 0400 "$work/${part%%:*}"
done
wanted=$(openssl x509 -noout -fingerprint -sha256 -in "$work/2")
for part in 1:key 2:crt 3:ca; do
  mv -f "$work/${part%%:*}" "$folder/${part#*:}.pem"
done
cat >"$work/conf" <<CONF
foreground = yes
syslog = no
debug = warning
pid =
options = NO_RENEGOTIATION
sslVersionMin = TLSv1.2
[engine]
accept = $LISTEN
connect = /run/docker.sock
key = $folder/key.pem
cert = $folder/crt.pem
CAfile = $folder/ca.pem
verifyChain = yes
requireCert = yes
# A log that is followed may be silent for days.
TIMEOUTidle = 2592000
CONF
chmod 0644 "$work/conf"
mv -f "$work/conf" "$folder/stunnel.conf"
if put "/etc/systemd/system/$unit.service" <<UNIT; then
[Unit]
Description=Mutual TLS in front of the Docker engine
Wants=network-online.target
After=network-online.target docker.socket
# Until the address is there, and for ever.
StartLimitIntervalSec=0
[Service]
User=$user
SupplementaryGroups=docker
ExecStart=/usr/bin/stunnel4 $folder/stunnel.conf
ExecReload=/bin/kill -HUP \$MAINPID
Restart=always
RestartSec=1
LimitNOFILE=65536
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
CapabilityBoundingSet=
[Install]
WantedBy=multi-user.target
UNIT
  # Debian's own unit has nothing to do.
  systemctl --quiet --no-reload disable --now stunnel4 2>/dev/null || true
  systemctl daemon-reload
fi
systemctl --quiet is-enabled "$unit" ||
  systemctl --quiet --no-reload enable "$unit"
if systemctl --quiet is-active "$unit"; then
  systemctl reload "$unit"
else
  systemctl start "$unit"
fi
# What is served is what was sent; the authority's certificate says that it is good.
served() {
  [ "$(openssl s_client -connect "$LISTEN" -CAfile "$folder/ca.pem" -verify_return_error </dev/null 2>"$work/said" |
    openssl x509 -noout -fingerprint -sha256 2>/dev/null)" = "$wanted" ]
}
await 100 0.1 served || fail "the new certificate is not served at $LISTEN: journalctl -u $unit
$(tail -n 3 "$work/said")"
