#!/bin/sh
# Takes the data volume off MOUNT. Its files stay on it.
set -eu
if mountpoint -q "$MOUNT"; then
  said=$(umount "$MOUNT" 2>&1) ||
    fail "$MOUNT is in use: $said. What uses it: fuser -vm $MOUNT"
fi
awk -v at="$MOUNT" '$2 != at' /etc/fstab | put /etc/fstab || :
rm -f /etc/systemd/system/docker.service.d/semesterhub-volume.conf
rm -rf "/etc/systemd/system/$(systemd-escape --path --suffix=mount "$MOUNT").d"
systemctl daemon-reload
chattr -i "$MOUNT" 2>/dev/null || :
