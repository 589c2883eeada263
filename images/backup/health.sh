#!/bin/bash
# Exit 0 while backups go on: until the moment, in seconds since 1970, that was written with the status. Not
# whether all is well, which a restart does not mend. Bash, not Python: it runs every few seconds for a term.
read -r moment < /srv/semesterhub/backup/well-until
if ((moment > EPOCHSECONDS)); then
  echo ok
else
  echo "no backup has succeeded, or gone on, for three intervals: semesterhub-backup status"
  exit 1
fi
