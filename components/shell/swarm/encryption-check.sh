#!/bin/sh
# Looks whether this machine's kernel can encrypt the traffic of an overlay network: where it can't,
# Docker says nothing and no packet arrives. Takes a key for addresses that nobody has, and drops it.
set -eu
set -- src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x53485542
if ! said=$(ip xfrm state add "$@" mode transport aead 'rfc4106(gcm(aes))' \
  0x000102030405060708090a0b0c0d0e0f10111213 64 2>&1); then
  case $said in
  *"File exists"*) exit 0 ;;
  esac
  echo "The kernel of $MACHINE can't encrypt the containers' network (ESP: $said). Use a kernel that can, as Debian's own does, or, where nobody else is on the machines' network, set semesterhub:networks.encrypted to false." >&2
  exit 1
fi
ip xfrm state delete "$@"
