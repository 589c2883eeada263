#!/bin/sh
# Runs where Pulumi does, before anything else of a destroy, and refuses every form but the documented
# one: without its flag Pulumi would remove all that it can reach and stop at what is protected.
set -euf
arguments_of() {
  if [ -r "/proc/$1/cmdline" ]; then tr '\0' '\n' <"/proc/$1/cmdline"; else ps -o args= -p "$1" | tr ' ' '\n'; fi
}
parent_of() {
  if [ -r "/proc/$1/status" ]; then awk '$1 == "PPid:" { print $2 }' "/proc/$1/status"; else ps -o ppid= -p "$1"; fi
}
process=$$
while [ "${process:-0}" -gt 1 ]; do
  words=$(arguments_of "$process") || exit 0
  case $(basename -- "$(printf '%s\n' "$words" | head -n 1)") in
  pulumi | pulumi.exe)
    printf '%s\n' "$words" | grep -qxE 'destroy|down|dn' || exit 0
    if ! printf '%s\n' "$words" | grep -qxE -- '--exclude-protected(=true)?'; then
      echo "This form of destroy would stop half way, so nothing is touched. Write: pulumi destroy --exclude-protected" >&2
      exit 1
    fi
    exit 0
    ;;
  esac
  process=$(parent_of "$process" | tr -d ' ')
done
