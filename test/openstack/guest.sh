#!/usr/bin/env bash
# guest.sh IMAGE OUTPUT: a Debian image (qcow2, one partition) with the packages that the machines'
# steps install. An emulated processor takes ten minutes to unpack and set up what this computer does in
# one. The steps find them there, as they do in an image that a campus has prepared.
set -euo pipefail
image=$1 output=$2
packages=(ca-certificates nftables openssl stunnel4 unattended-upgrades systemd-timesyncd
  docker.io nfs-kernel-server nfs-common xfsprogs)

work=$(mktemp -d)
root=$work/root
loop=
finish() {
  for place in "$root/proc" "$root/dev" "$root"; do
    if mountpoint -q "$place"; then umount "$place"; fi
  done
  if [ -n "$loop" ]; then losetup -d "$loop"; fi
  rm -rf "$work"
}
trap finish EXIT

qemu-img convert -O raw "$image" "$work/disk.raw"
start=$(partx --noheadings --output START --nr 1 "$work/disk.raw" | tr -d ' ')
loop=$(losetup --find --show --offset $((start * 512)) "$work/disk.raw")
mkdir "$root"
mount "$loop" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

# Nothing is started in it: it is a folder here.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
resolv=$(readlink "$root/etc/resolv.conf" || true)
rm -f "$root/etc/resolv.conf"
cp /etc/resolv.conf "$root/etc/resolv.conf"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
chroot "$root" apt-get -q update
chroot "$root" apt-get -q -y --no-install-recommends install "${packages[@]}"
chroot "$root" apt-get clean
rm -f "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf"
if [ -n "$resolv" ]; then ln -s "$resolv" "$root/etc/resolv.conf"; fi
fstrim "$root" 2>/dev/null || true
umount "$root/proc" "$root/dev" "$root"
losetup -d "$loop"
loop=
qemu-img convert -O qcow2 "$work/disk.raw" "$output.making"
mv "$output.making" "$output"
