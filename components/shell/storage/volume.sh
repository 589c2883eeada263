#!/bin/sh
# Mounts the data volume VOLUME at MOUNT: with a new file system if it is blank, as it is if the file
# system is one of ours, and not at all if it holds anything else. Grows the file system to the volume.
# DEVICE is where the cloud says the volume is; the volume's own serial number counts more.
set -eu
install_packages xfsprogs

label=semesterhub # XFS has room for twelve letters

# The device of the volume: by its serial number (KVM tells the start of the volume's ID), or, where
# disks have none, what the cloud says.
find_device() {
  udevadm settle --timeout=10 2>/dev/null || :
  start=$(printf %.20s "$VOLUME")
  for link in /dev/disk/by-id/*"$start"*; do
    case $link in *-part[0-9]*) continue ;; esac
    [ -b "$link" ] && disk=$(readlink -f "$link") && return 0
  done
  [ -b "$DEVICE" ] || return 1
  # A disk that has a serial number is another volume.
  [ -z "$(lsblk -dno SERIAL "$DEVICE" | tr -d ' ')" ] && disk=$(readlink -f "$DEVICE")
}

await 60 1 find_device ||
  fail "The volume $VOLUME is not on this machine, although it is attached. openstack volume show $VOLUME says where; a reboot of the machine makes it look again."

# What the device has on it: wipefs sees what blkid knows and partition tables; -p looks at the disk itself.
kind=$(blkid -p -s TYPE -o value "$disk" 2>/dev/null || :)
named=$(blkid -p -s LABEL -o value "$disk" 2>/dev/null || :)
found=$(wipefs --noheadings --output TYPE "$disk" | tr '\n' ' ')

if [ -z "$kind$found" ]; then
  # Not every kind of content has a signature: only zeros are blank, where anything would begin.
  [ "$(head -c 16777216 "$disk" | tr -d '\000' | head -c 1 | wc -c)" -eq 0 ] ||
    fail "The volume $VOLUME ($disk) is not blank, and it has no file system that is known. Nothing was changed. If nobody needs what is on it, erase its start: wipefs -a $disk; dd if=/dev/zero of=$disk bs=1M count=16"
  say "making a file system on the blank volume $VOLUME"
  said=$(mkfs.xfs -q -L "$label" -m "uuid=$VOLUME" "$disk" 2>&1) || fail "mkfs.xfs failed: $said"
elif [ "$kind" != xfs ] || [ "$named" != "$label" ]; then
  fail "The volume $VOLUME ($disk) holds something else: ${kind:-$found}${named:+, called $named}. Nothing was changed. Use another volume; or, if this has a course's files (xfs), say so with: xfs_admin -L $label $disk; or, if nobody needs it, erase it: wipefs -a $disk"
fi
uuid=$(blkid -p -s UUID -o value "$disk")

# Where the volume is not mounted nothing may be written in its place, on the system's disk.
if ! mountpoint -q "$MOUNT"; then
  mkdir -p "$MOUNT"
  [ -z "$(ls -A "$MOUNT")" ] ||
    fail "$MOUNT has files already, and the volume would hide them. Move them away: mv $MOUNT $MOUNT.old"
  chattr +i "$MOUNT" 2>/dev/null || :
fi

# The machine starts without the volume (nofail), so that SSH gets in to see why; Docker doesn't.
line="UUID=$uuid $MOUNT xfs defaults,noatime,prjquota,nofail,x-systemd.device-timeout=300 0 0"
{
  awk -v at="$MOUNT" '$2 != at' /etc/fstab
  printf '%s\n' "$line"
} | put /etc/fstab || :
mkdir -p /etc/systemd/system/docker.service.d
printf '[Unit]\nRequiresMountsFor=%s\n' "$MOUNT" |
  put /etc/systemd/system/docker.service.d/semesterhub-volume.conf || :
# What waited in vain for a volume that came late starts with it. Without an NFS server its name is nothing.
unit=$(systemd-escape --path --suffix=mount "$MOUNT")
mkdir -p "/etc/systemd/system/$unit.d"
printf '[Unit]\nWants=docker.service nfs-server.service\n' |
  put "/etc/systemd/system/$unit.d/semesterhub.conf" || :
systemctl daemon-reload

if ! mountpoint -q "$MOUNT"; then
  said=$(mount "$MOUNT" 2>&1) || fail "The volume $VOLUME can't be mounted: $said"
fi
mounted=$(findmnt -no SOURCE --mountpoint "$MOUNT")
[ "$(readlink -f "$mounted")" = "$disk" ] ||
  fail "$MOUNT is another volume's: $mounted. Unmount it, and run this again."

# The machine sees a volume's new size a moment after the cloud made it so.
large_enough() {
  [ "$(blockdev --getsize64 "$disk")" -ge $((GIGABYTES * 1073741824)) ] && return 0
  rescan=/sys/class/block/${disk##*/}/device/rescan
  [ ! -w "$rescan" ] || echo 1 >"$rescan"
  return 1
}
await 60 1 large_enough ||
  fail "The volume $VOLUME has $GIGABYTES GB in the cloud, and this machine still sees $(($(blockdev --getsize64 "$disk") / 1073741824)) GB. A reboot of the machine makes it look again."
said=$(xfs_growfs -d "$MOUNT" 2>&1) || fail "xfs_growfs failed: $said"

printf '%s\n' "$MOUNT"
