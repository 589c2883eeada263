#!/bin/sh
# A machine's ground: time, unattended security updates, SSH by keys only, and the firewall, which is
# there again after a boot. STACK has the slot SLOT among the semesters on this machine; RESERVATION says what
# it has of the machine, and RESERVATIONS is the program that holds it against the others'. FIREWALL is the
# firewall's frame, RULES what this semester adds; SSH_FROM the networks that SSH may come from.
# PACKAGE_PROXY, where it isn't empty, is the HTTP proxy that Debian's packages come through.
set -eu
# shellcheck disable=SC1091  # it is on the machine, not here; every Debian has it
. /etc/os-release
case ${ID:-}-${VERSION_ID:-} in
debian-12 | debian-13) ;;
*) fail "this is ${PRETTY_NAME:-not Debian}; semesterhub's machines are Debian 12 or 13." ;;
esac
[ "$(dpkg --print-architecture)" = amd64 ] || fail "this is $(dpkg --print-architecture); semesterhub's images are built for amd64."

# Who is here already; before anything is changed, and one at a time.
lock=/run/lock/semesterhub-firewall
semesters=/etc/semesterhub/semesters.d
mine=$semesters/$SLOT
check_reservations() {
  set -- "$semesters"/*/claim
  if [ -e "$1" ]; then
    clash=$(printf '%s' "$RESERVATION" | awk -v slot="$SLOT" "$RESERVATIONS" mine=1 - mine=0 "$@")
    [ -z "$clash" ] || fail "another semester is on this machine, and nothing was changed. What is in the way:
$clash
If a semester is no more, but was not ended by npm run down, have the machine forget it: rm -r $semesters/SLOT (there is:$(cd "$semesters" && printf ' %s' */))"
  elif [ -e /etc/semesterhub/firewall.nft ] && ! grep -q -F "$semesters" /etc/semesterhub/firewall.nft; then
    # An older semesterhub's, which has no claim: whose it is, its containers say.
    others=$(docker ps --all --format '{{.Label "semesterhub.stack"}}' 2>/dev/null | sort -u | grep -v -x -e "$STACK" -e '' || true)
    [ "$SLOT$others" = 0 ] ||
      fail "an older semesterhub's semester${others:+, $others,} is on this machine, and nothing was changed. Bring it up to date first: npm run up -- --stack ${others:-NAME}. Then give this one a slot of its own (hosts.slot)."
  fi
  mkdir -p "$mine"
  printf '%s' "$RESERVATION" | put "$mine/claim" || true
}
new=true
[ ! -e "$mine/rules" ] || new=false
(
  flock 9
  check_reservations
) 9>"$lock"
# A semester that never got as far as its rules has no claim.
trap '[ "$?" -eq 0 ] || [ "$new" = false ] || rm -rf "$mine"' EXIT

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
exec 9>"$lock"
flock 9
# Kept as they are, until the new ones have been taken: what is on the disk must hold at the next boot.
before=$(mktemp -d)
cp -p /etc/semesterhub/firewall.nft "$before/frame" 2>/dev/null || true
cp -p "$mine/rules" "$before/rules" 2>/dev/null || true
put_back() {
  if [ -e "$before/$1" ]; then mv -f "$before/$1" "$2"; else rm -f "$2"; fi
}
printf '%s' "$RULES" | put "$mine/rules" || true
printf '%s' "$FIREWALL" | put /etc/semesterhub/firewall.nft || true
# One transaction: either all of it holds, or what held before.
if ! said=$(nft -f /etc/semesterhub/firewall.nft 2>&1); then
  put_back frame /etc/semesterhub/firewall.nft
  put_back rules "$mine/rules"
  rm -rf "$before"
  fail "the firewall's rules were refused: $said"
fi
new=false
rm -rf "$before"
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
# Without a semester nobody would be let in.
ConditionPathExistsGlob=/etc/semesterhub/semesters.d/*/rules
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/semesterhub/firewall.nft
ExecReload=/usr/sbin/nft -f /etc/semesterhub/firewall.nft
[Install]
WantedBy=sysinit.target
UNIT
  # In this order: one that is enabled after it was read counts as changed, and each start warns of it.
  systemctl --quiet --no-reload enable semesterhub-firewall
  systemctl daemon-reload
fi
systemctl --quiet is-enabled semesterhub-firewall || systemctl --quiet enable semesterhub-firewall
systemctl start semesterhub-firewall
