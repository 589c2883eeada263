#!/bin/sh
# Makes this machine an NFS server of version 4 alone. What it exports, and to whom, is in
# /etc/exports.d, a file for each client.
set -eu
install_packages nfs-kernel-server
mkdir -p /etc/nfs.conf.d /etc/exports.d
wanted='[nfsd]
udp=n
tcp=y
vers3=n
vers4=y
threads=32'
if [ "$(cat /etc/nfs.conf.d/semesterhub.conf 2>/dev/null)" != "$wanted" ]; then
  printf '%s\n' "$wanted" >/etc/nfs.conf.d/semesterhub.conf
  # Version 4 needs none of these, and they answer to everybody.
  systemctl mask --quiet --now rpcbind.service rpcbind.socket rpc-statd.service 2>/dev/null || :
  systemctl enable --quiet nfs-server.service
  systemctl restart nfs-server.service || {
    journalctl --no-pager --lines 20 --unit nfs-server.service >&2
    echo "The NFS server does not start. A machine in a container has none: there, share the folder otherwise and set semesterhub:storage.shared." >&2
    exit 1
  }
fi
