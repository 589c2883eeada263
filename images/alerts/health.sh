#!/bin/bash
# Exit 0 until the moment, in seconds since 1970, that the loop wrote last; what is wrong may follow it.
# Bash, not Python: it runs every few seconds for a whole term.
read -r moment why < /srv/alerts/well-until
if ((moment > EPOCHSECONDS)); then
  echo ok
else
  echo "${why:-no round has ended for five minutes}"
  exit 1
fi
