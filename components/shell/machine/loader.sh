#!/bin/sh
# Runs a script on a machine. Everything comes on SSH's standard input: this loader first (base64, one
# line), then lines of a word and values, then `stdin`, then what the script itself reads there. So
# nothing is interpolated into a shell line, and no process list shows any of it.
#   environment NAME BASE64    create BASE64    delete BASE64    stdin
# `$phase` says which of the two scripts to run. `read` takes a pipe byte by byte, so that what comes
# after `stdin` is still there for the script.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
export PATH LC_ALL DEBIAN_FRONTEND
umask 022
semesterhub_decode() { printf %s "$1" | base64 -d && echo .; }
semesterhub_script=
semesterhub_whole=false
while IFS=' ' read -r semesterhub_word semesterhub_name semesterhub_value; do
  case $semesterhub_word in
  environment)
    # The full stop keeps newlines at the end, which `$( )` would drop.
    semesterhub_value=$(semesterhub_decode "$semesterhub_value") || exit 1
    export "$semesterhub_name=${semesterhub_value%.}"
    ;;
  "${phase:?}")
    semesterhub_script=$(semesterhub_decode "$semesterhub_name") || exit 1
    semesterhub_script=${semesterhub_script%.}
    ;;
  stdin)
    semesterhub_whole=true
    break
    ;;
  esac
done
if [ "$semesterhub_whole" != true ]; then
  echo "The connection ended before the whole of a script had arrived; nothing was run." >&2
  exit 1
fi
# In a shell of its own, so that its exit and its traps are its own.
(eval "$semesterhub_script")
semesterhub_status=$?
if [ "$semesterhub_status" -ne 0 ]; then
  echo "$SEMESTERHUB_MACHINE: the step $SEMESTERHUB_STEP failed (exit status $semesterhub_status); what is wrong stands above. Once it is put right, npm run up again: it goes on from there." >&2
fi
exit "$semesterhub_status"
