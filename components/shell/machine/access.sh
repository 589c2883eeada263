#!/bin/sh
# Lets the stack's own SSH key PUBLIC_KEY in to a machine, with the operator's SSH, on the operator's computer: the
# key in KEY_FILE, or where that is empty whatever SSH offers by itself (its agent, ~/.ssh). The machine is
# SSH_USER at HOST, PORT, with the host key HOST_KEY; BASTION_… the same of the machine that SSH goes through,
# where BASTION_HOST isn't empty.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# SSH hands the name of its configuration on to the SSH of a jump without quotes.
cd "$folder"
# One end of the way: $1 is what it is called here, then host, port, user, host key, key file.
place() {
  printf '%s %s\n' "$1" "$5" >>known_hosts
  cat >>config <<CONFIG
Host $1
  HostKeyAlias $1
  HostName "$2"
  Port $3
  User $4
CONFIG
  # A per cent sign begins a token there.
  [ -z "$6" ] || printf '  IdentitiesOnly yes\n  IdentityFile "%s"\n' "$(printf %s "$6" | sed 's/%/%%/g')" >>config
}
place machine "$HOST" "$PORT" "$SSH_USER" "$HOST_KEY" "$KEY_FILE"
if [ -n "$BASTION_HOST" ]; then
  printf '  ProxyJump bastion\n' >>config
  # shellcheck disable=SC2153  # they come from the program
  place bastion "$BASTION_HOST" "$BASTION_PORT" "$BASTION_USER" "$BASTION_HOST_KEY" "$BASTION_KEY_FILE"
fi
cat >>config <<CONFIG
Host *
  UserKnownHostsFile known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 40
CONFIG
# shellcheck disable=SC2016  # it is the machine's shell that fills these in
# A last line without an end would swallow the key.
let_in='umask 077
IFS= read -r key
mkdir -p "$HOME/.ssh"
file=$HOME/.ssh/authorized_keys
touch "$file"
if ! grep -q -x -F -e "$key" "$file"; then
  [ -z "$(tail -c 1 "$file")" ] || echo >>"$file"
  printf "%s\n" "$key" >>"$file"
fi'
tries=15
until printf '%s\n' "$PUBLIC_KEY" | ssh -F config machine "exec sh -c '$let_in'" 2>said; do
  tries=$((tries - 1))
  said=$(tail -n 3 said)
  case $said in
  *'ermission denied'* | *'uthentication failures'*)
    from="the keys of your SSH agent and of ~/.ssh"
    [ -z "$KEY_FILE" ] || from=$KEY_FILE
    echo "$MACHINE: SSH as $SSH_USER at $HOST, port $PORT, was refused with $from: $said. Either add a key that is let in there to your agent (ssh-add FILE), or name its file: pulumi config set --path semesterhub:hosts.keyFile FILE. Then run npm run up again." >&2
    exit 1
    ;;
  *'erification failed'*) tries=0 ;;
  esac
  if [ "$tries" -le 0 ]; then
    echo "$MACHINE: SSH as $SSH_USER to $HOST, port $PORT, failed: $said" >&2
    exit 1
  fi
  sleep 2 # a machine that many log in to at once turns some away
done
