#!/usr/bin/env bash
# guest.sh IMAGE OUTPUT REFERENCE…: a Debian image (qcow2, one partition) with the packages that the
# machines' steps install, and the container images that they pull. An emulated processor takes ten minutes
# for the former and half an hour for the latter; this computer takes three for both. The steps find
# everything there, as they do in an image that a campus has prepared.
set -euo pipefail
# What it mounts is seen by nobody else.
if [ -z "${SEMESTERHUB_GUEST_MOUNTS:-}" ]; then
  SEMESTERHUB_GUEST_MOUNTS=own exec unshare --mount "$0" "$@"
fi
image=$1 output=$2
shift 2
packages=(ca-certificates nftables openssl stunnel4 unattended-upgrades systemd-timesyncd
  docker.io nfs-kernel-server nfs-common xfsprogs)
size=6G

work=$(mktemp -d)
root=$work/root
loop=
engine=
bridge=semesterguest
stopEngine() {
  if [ -z "$engine" ]; then return; fi
  # One that has ended already is no reason to leave anything mounted.
  kill "$engine" 2>/dev/null || true
  wait "$engine" || true
  engine=
  ip link delete "$bridge"
}
finish() {
  stopEngine
  if mountpoint -q "$root"; then umount --recursive "$root"; fi
  if [ -n "$loop" ]; then losetup -d "$loop"; fi
  rm -rf "$work"
}
trap finish EXIT

echo "its disk, with room for images"
qemu-img convert -O raw "$image" "$work/disk.raw"
truncate -s "$size" "$work/disk.raw"
# GPT's second table moves to the new end, and the partition grows up to it.
sfdisk --quiet --relocate gpt-bak-std "$work/disk.raw"
echo ", +" | sfdisk --quiet --partno 1 "$work/disk.raw"
start=$(partx --noheadings --output START --nr 1 "$work/disk.raw" | tr -d ' ')
loop=$(losetup --find --show --offset $((start * 512)) "$work/disk.raw")
e2fsck -fp "$loop" || [ $? -le 2 ]
resize2fs "$loop"
mkdir "$root"
mount "$loop" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"

echo "its packages"
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

echo "its container images"
mkdir -p "$root/etc/docker"
cp -r /etc/docker/certs.d "$root/etc/docker/"
# A bridge of its own, which nobody uses: an engine that is told to have none (--bridge none) deletes
# docker0, which is this computer's engine's.
if ! ip link show "$bridge" >/dev/null 2>&1; then ip link add "$bridge" type bridge; fi
ip address replace 198.51.100.1/30 dev "$bridge"
chroot "$root" dockerd --host unix:///run/docker.sock --bridge "$bridge" --iptables=false \
  --ip6tables=false --ip-forward=false >"$work/dockerd.log" 2>&1 &
engine=$!
export DOCKER_HOST=unix://$root/run/docker.sock
for _ in $(seq 100); do
  if docker info >/dev/null 2>&1; then break; fi
  if ! kill -0 "$engine"; then tail -n 3 "$work/dockerd.log" && exit 1; fi
  # Between two looks: the engine tells nobody when it listens.
  sleep 0.2
done
for reference in "$@"; do
  docker pull --quiet "$reference" || { tail -n 20 "$work/dockerd.log" && exit 1; }
done
stopEngine
# The machine's own engine makes networks of its own.
rm -rf "$root/etc/docker/certs.d" "$root/var/lib/docker/network"

rm -f "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf"
if [ -n "$resolv" ]; then ln -s "$resolv" "$root/etc/resolv.conf"; fi
fstrim "$root" 2>/dev/null || true
umount --recursive "$root"
losetup -d "$loop"
loop=
echo "the image of it"
qemu-img convert -O qcow2 "$work/disk.raw" "$output.making"
mv "$output.making" "$output"
