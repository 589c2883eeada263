#!/bin/sh
# A machine's ground: time, unattended security updates, SSH by keys only, and the firewall, which is
# there again after a boot. FIREWALL is the ruleset; SSH_FROM the networks that SSH may come from;
# PACKAGE_PROXY, where it isn't empty, the HTTP proxy that Debian's packages come through.
set -eu
# shellcheck disable=SC1091  # it is on the machine, not here; every Debian has it
. /etc/os-release
case ${ID:-}-${VERSION_ID:-} in
debian-12 | debian-13) ;;
*) fail "this is ${PRETTY_NAME:-not Debian}; semesterhub's machines are Debian 12 or 13." ;;
esac
[ "$(dpkg --print-architecture)" = amd64 ] || fail "this is $(dpkg --print-architecture); semesterhub's images are built for amd64."

if [ -n "$PACKAGE_PROXY" ]; then
  put /etc/apt/apt.conf.d/51semesterhub-proxy <<APT || true
Acquire::http::Proxy "$PACKAGE_PROXY";
Acquire::https::Proxy "$PACKAGE_PROXY";
APT
else
  rm -f /etc/apt/apt.conf.d/51semesterhub-proxy
fi
# In one go, with what the steps after this one need. Whoever keeps the time may go on with it; a
# container has its host's.
set -- ca-certificates nftables openssl stunnel4 unattended-upgrades
clock=
for unit in chrony ntpsec ntp systemd-timesyncd; do
  if systemctl --quiet is-active "$unit" || systemctl --quiet is-enabled "$unit" 2>/dev/null; then clock=$unit; fi
done
if [ -z "$clock" ] && ! systemd-detect-virt --quiet --container; then
  clock=new
  set -- "$@" systemd-timesyncd
fi
install_packages "$@"
[ "$clock" != new ] || systemctl --quiet enable --now systemd-timesyncd

# Docker is left out: an update of it stops every container on the machine. See docs/operating.md.
put /etc/apt/apt.conf.d/52semesterhub <<'APT' || true
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Package-Blacklist { "^docker"; "^containerd"; "^runc"; };
Unattended-Upgrade::Automatic-Reboot "false";
APT

# The first value that sshd reads is the one that holds, and the folder is read in order.
if put /etc/ssh/sshd_config.d/10-semesterhub.conf <<'SSHD'; then
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
# Many machines are prepared at once through this one.
MaxStartups 100:30:300
SSHD
  if ! said=$(sshd -t 2>&1); then
    rm -f /etc/ssh/sshd_config.d/10-semesterhub.conf
    fail "sshd would not take its configuration: $said"
  fi
  # A socket-activated sshd reads it with each connection.
  ! systemctl --quiet is-active ssh || systemctl reload ssh
fi

# The firewall. Whoever runs this must get in again by the way they came.
client=${SSH_CONNECTION:-}
client=${client%% *}
if [ -n "$client" ]; then
  nft delete table inet semesterhub_check 2>/dev/null || true
  nft -f - <<NFT
table inet semesterhub_check {
  set from { type ipv4_addr; flags interval; auto-merge; elements = { $SSH_FROM }; }
}
NFT
  allowed=true
  nft get element inet semesterhub_check from "{ $client }" >/dev/null 2>&1 || allowed=false
  nft delete table inet semesterhub_check
  [ "$allowed" = true ] || fail "this SSH connection comes from $client, which the firewall would shut out. Add it to adminCidrs."
fi
exec 9>/run/lock/semesterhub-firewall
flock 9
mkdir -p /etc/semesterhub/firewall.d
printf '%s' "$FIREWALL" | put /etc/semesterhub/firewall.nft || true
# One transaction: either all of it holds, or what held before.
said=$(nft -f /etc/semesterhub/firewall.nft 2>&1) || fail "the firewall's rules were refused: $said"
# A unit of our own: Debian's nftables.service begins by flushing Docker's rules too.
if put /etc/systemd/system/semesterhub-firewall.service <<'UNIT'; then
[Unit]
Description=semesterhub's firewall
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=nftables.service
PartOf=nftables.service
Conflicts=shutdown.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/semesterhub/firewall.nft
ExecReload=/usr/sbin/nft -f /etc/semesterhub/firewall.nft
[Install]
WantedBy=sysinit.target
UNIT
  systemctl daemon-reload
fi
systemctl --quiet is-enabled semesterhub-firewall ||
  systemctl --quiet --no-reload enable semesterhub-firewall
systemctl start semesterhub-firewall
