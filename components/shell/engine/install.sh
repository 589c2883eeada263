#!/bin/sh
# Debian's Docker engine, on its unix socket. DAEMON is daemon.json; DAEMON_OLD is the same for the
# engine 20.10 of Debian 12. REGISTRY is where images come from; REGISTRY_CA, where it isn't empty, the
# authority that signed its certificate.
set -eu
answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# shellcheck disable=SC1091  # it is on the machine, not here; every Debian has it
. /etc/os-release
[ "$VERSION_ID" != 12 ] || DAEMON=$DAEMON_OLD

# Its settings first, so that it starts with them.
mkdir -p /etc/docker
if [ "$(cat /etc/docker/daemon.json 2>/dev/null || true)" != "$DAEMON" ]; then
  printf '%s\n' "$DAEMON" >/etc/docker/daemon.json.new
  mv -f /etc/docker/daemon.json.new /etc/docker/daemon.json
fi
# Read at each pull: no restart.
rm -f "/etc/docker/certs.d/$REGISTRY/ca.crt"
if [ -n "$REGISTRY_CA" ]; then
  mkdir -p "/etc/docker/certs.d/$REGISTRY"
  printf '%s' "$REGISTRY_CA" >"/etc/docker/certs.d/$REGISTRY/ca.crt"
fi

if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
  # From Debian 13 on the command line is a package of its own.
  set -- docker.io
  [ "$VERSION_ID" = 12 ] || set -- "$@" docker-cli
  install_packages "$@"
fi
systemctl --quiet is-enabled docker || systemctl --quiet enable docker
if ! systemctl --quiet is-active docker; then
  systemctl start docker || fail "the Docker engine does not start: journalctl -u docker
$(journalctl -u docker -n 8 -o cat --no-pager 2>/dev/null)"
elif [ -n "$(find /etc/docker/daemon.json -newer /run/docker.pid 2>/dev/null)" ]; then
  if [ -z "$(docker ps --quiet)" ]; then
    systemctl restart docker || fail "the Docker engine does not start with its new daemon.json: journalctl -u docker
$(journalctl -u docker -n 8 -o cat --no-pager 2>/dev/null)"
  else
    # Never at the price of somebody's work: what can't be reloaded waits for the next boot.
    systemctl reload docker
    say "daemon.json changed while containers run; what Docker can't reload holds after the machine's next reboot"
  fi
fi
await 60 1 answers || fail "the Docker engine did not answer for 60 s: journalctl -u docker"
docker version --format '{{.Server.Version}}'
