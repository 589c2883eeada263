#!/bin/sh
# Shuts the node NODE out again.
set -eu
exec 9>/run/lock/semesterhub-firewall
flock 9
rm -f "/etc/semesterhub/semesters.d/$SLOT/$NODE.nft"
nft -f /etc/semesterhub/firewall.nft
