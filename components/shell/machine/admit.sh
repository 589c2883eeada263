#!/bin/sh
# Lets the node NODE, at ADDRESS, in to what the course has on this machine: into the set SET. A file for
# each node: it is there again after a boot, and one more changes nothing for the others.
set -eu
exec 9>/run/lock/semesterhub-firewall
flock 9
mkdir -p "/etc/semesterhub/semesters.d/$SLOT"
printf 'add element inet semesterhub_machine %s { %s }\n' "$SET" "$ADDRESS" |
  put "/etc/semesterhub/semesters.d/$SLOT/$NODE.nft" || true
# Where an older semesterhub had it.
[ "$SLOT" != 0 ] || rm -f "/etc/semesterhub/firewall.d/$NODE.nft"
said=$(nft -f /etc/semesterhub/firewall.nft 2>&1) || fail "the firewall's rules were refused: $said"
