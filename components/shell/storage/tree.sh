#!/bin/sh
# Makes the storage tree. What is there already keeps its content; only the top folders' owners and modes are set.
set -eu
folder() {
  mkdir -p "$STORAGE/$1"
  chown "$2" "$STORAGE/$1"
  chmod "$3" "$STORAGE/$1"
}
# Others may pass through, so that containers' users reach the folder that is theirs, but not look around.
mkdir -p "$STORAGE"
chmod 0711 "$STORAGE"
folder homes 0:0 0711
# nbgrader releases nothing into an exchange that is not 0777; sticky, so that nobody takes away what is another's
folder exchange "0:$COURSE_GROUP" 3777
folder shared "0:$COURSE_GROUP" 2775
folder hub "$HUB_USER:$HUB_USER" 0700
folder uids 0:0 0700
folder run "0:$HUB_USER" 0710
folder backup 0:0 0700
folder proxy 0:0 0755
folder proxy/tls 0:0 0755
printf '%s\n' "$STORAGE"
