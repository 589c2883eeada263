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
folder groups 0:0 0711
# nbgrader's exchange, made here so that no student can: nobody but root and who grades makes a folder in it.
# In inbound a student can make a submission, see none, and take away only an own one.
folder exchange 0:0 0755
folder "exchange/$COURSE" 0:0 0755
folder "exchange/$COURSE/outbound" "0:$GRADERS_GROUP" 2775
folder "exchange/$COURSE/inbound" "0:$GRADERS_GROUP" 3773
folder "exchange/$COURSE/feedback" "0:$GRADERS_GROUP" 2771
folder "exchange/$COURSE/receipts" 0:0 0711
folder course "0:$GRADERS_GROUP" 2770
folder course/source "0:$GRADERS_GROUP" 2770
folder received "0:$GRADERS_GROUP" 2750
folder grading "$GRADING_USER:$GRADERS_GROUP" 0700
folder sandbox "$SANDBOX_USER:$GRADING_USER" 2770
for place in queued running 'done'; do folder "sandbox/$place" "$SANDBOX_USER:$GRADING_USER" 2770; done
folder shared "0:$COURSE_GROUP" 2775
folder hub "$HUB_USER:$HUB_USER" 0700
folder statistics "$STATISTICS_USER:$STATISTICS_USER" 0700
folder uids 0:0 0700
folder run "0:$HUB_USER" 0710
folder postgres "$DATABASE_USER:$DATABASE_USER" 0700
folder dumps "$DATABASE_USER:$DATABASE_USER" 0700
folder backup 0:0 0700
# What services report about themselves, and what the alerts remember.
folder reports 0:0 0755
folder alerts "$ALERTS_USER:$ALERTS_USER" 0700
folder proxy 0:0 0755
folder proxy/tls 0:0 0755
printf '%s\n' "$STORAGE"
