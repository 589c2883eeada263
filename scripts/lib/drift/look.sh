#!/bin/sh
# Looks at what a machine has and changes nothing. Each line of standard input is a question: a word and
# what it is about, separated by a tab; each line of the answer is the fact, in the same order.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
export PATH LC_ALL
tab=$(printf '\t')

# The live table against what its file makes of an empty network namespace.
firewall() {
  [ -e "$1" ] || {
    echo missing
    return
  }
  # shellcheck disable=SC2016  # the inner shell's
  wanted=$(unshare --net sh -c 'nft -f "$1" && nft --stateless list table inet semesterhub_machine' sh "$1" 2>/dev/null | sha256sum)
  found=$(nft --stateless list table inet semesterhub_machine 2>/dev/null | sha256sum)
  if [ "$wanted" = "$found" ]; then echo loaded; else echo "differs from its file"; fi
}

while IFS=$tab read -r word about; do
  case $word in
  content) { sha256sum "$about" 2>/dev/null || echo missing; } | cut -d ' ' -f 1 ;;
  mode) stat -c '%a %u:%g' "$about" 2>/dev/null || echo missing ;;
  unit)
    enabled=$(systemctl is-enabled "$about" 2>/dev/null) || enabled=${enabled:-missing}
    active=$(systemctl is-active "$about" 2>/dev/null) || active=${active:-inactive}
    echo "$enabled $active"
    ;;
  mount) findmnt --noheadings --first-only --types nfs4 --output SOURCE "$about" 2>/dev/null || echo "not mounted" ;;
  firewall) firewall "$about" ;;
  export) if exportfs 2>/dev/null | tr -s '\n\t ' ' ' | grep -q -F "$about"; then echo exported; else echo "not exported"; fi ;;
  *) echo "unknown question" ;;
  esac
done
