#!/bin/sh
# What the scripts of this folder share; it travels ahead of each.

# Says something to the operator.
say() { printf '%s: %s\n' "$SEMESTERHUB_MACHINE" "$*" >&2; }

# Ends the script with what is wrong and what to do.
fail() {
  say "$*"
  exit 1
}

# Writes standard input to the file $1, whole or not at all; its exit status says whether it changed.
put() {
  put_new=$(mktemp "$1.XXXXXX")
  cat >"$put_new"
  if cmp -s "$put_new" "$1"; then
    rm -f "$put_new"
    return 1
  fi
  chmod 0644 "$put_new"
  mv -f "$put_new" "$1"
}

# Installs what is missing of the Debian packages $*.
install_packages() {
  # Each goes from the front of the list, and to its end if it is missing.
  for install_package in "$@"; do
    shift
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$install_package" 2>/dev/null)" = installed ] ||
      set -- "$@" "$install_package"
  done
  [ "$#" -gt 0 ] || return 0
  say "installing $*"
  # An installation that was cut off, as by a connection that broke, is completed first.
  install_said=$(install_now "$@" 2>&1 ||
    { dpkg --configure -a --force-confold </dev/null 2>&1 && apt_get update 2>&1 && install_now "$@" 2>&1; }) ||
    fail "$(printf '%s\n' "$install_said" | tail -n 5)
installing $* failed. Does the machine reach its package mirror (/etc/apt/sources.list)?"
}

install_now() { apt_get install -y --no-install-recommends "$@" </dev/null; }

# A new machine is often at updates of its own: apt waits for them.
apt_get() {
  NEEDRESTART_SUSPEND=1 apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 \
    -o Dpkg::Options::=--force-confold "$@"
}

# Looks every $2 seconds, at most $1 times, until the command that follows succeeds.
await() {
  await_tries=$1
  await_pause=$2
  shift 2
  until "$@"; do
    await_tries=$((await_tries - 1))
    [ "$await_tries" -gt 0 ] || return 1
    sleep "$await_pause" # between two looks, for what gives no sign of its own
  done
}
