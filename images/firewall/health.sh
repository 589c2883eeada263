#!/bin/bash
# Exit 0 until the moment, in seconds since 1970, that the firewall wrote last; what is wrong may follow it.
# Bash, not Python: it runs every few seconds for a whole term.
read -r moment why < /run/well-until
if ((moment > EPOCHSECONDS)); then
  echo ok
else
  echo "${why:-the firewall has said nothing for half a minute}"
  exit 1
fi
