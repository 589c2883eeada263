#!/bin/sh
# Mounts the folders FOLDERS of STORAGE from SERVER at the same path, when they are first used: so a
# node starts while the server is away, and finds it later. A server that restarts is waited for.
# write=wait: a write that finds no room in a home says so itself, not the close of the file. The last piece
# that did not fit is tried again all the same, every half minute, and counts as an open file: it goes when
# the file is emptied, which images/notebook does before it deletes (Linux 6.12 and XFS quotas).
set -eu
install_packages nfs-common
# Passed through, not looked into, as on the machine that has the tree.
mkdir -p "$STORAGE"
chmod 0711 "$STORAGE"
for folder in $FOLDERS; do
  path=$STORAGE/$folder
  unit=$(systemd-escape --path "$path")
  mkdir -p "$path"
  cat >"/etc/systemd/system/$unit.mount" <<UNIT
[Unit]
Description=$folder of the course
Wants=network-online.target
After=network-online.target

[Mount]
What=$SERVER:$path
Where=$path
Type=nfs4
Options=vers=4.2,proto=tcp,hard,nodev,nosuid,noatime,write=wait
TimeoutSec=60

[Install]
WantedBy=multi-user.target
UNIT
  cat >"/etc/systemd/system/$unit.automount" <<UNIT
[Unit]
Description=$folder of the course, when it is used
Before=docker.service

[Automount]
Where=$path

[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable --quiet "$unit.automount" "$unit.mount"
  # Already mounted from the same server: nobody who works there is disturbed.
  if [ "$(findmnt --noheadings --output SOURCE --types nfs4 "$path")" != "$SERVER:$path" ]; then
    systemctl stop "$unit.automount" "$unit.mount"
    systemctl start "$unit.automount"
  fi
  if ! systemctl start "$unit.mount"; then
    journalctl --no-pager --lines 10 --unit "$unit.mount" >&2
    echo "$NODE_NAME can't mount $SERVER:$path. Is 2049/tcp open from it to $SERVER? When it is, run this again." >&2
    exit 1
  fi
done
