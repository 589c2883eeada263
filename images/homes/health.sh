#!/bin/bash
# Exit 0 until the moment, in seconds since 1970, that the service wrote last; what is wrong may follow it.
# Bash, not Python: it runs every few seconds for a whole term.
read -r moment why < /tmp/well-until
if ((moment > EPOCHSECONDS)); then
  echo ok
else
  echo "${why:-the service has said nothing for two minutes; its log says why}"
  exit 1
fi
