#!/bin/bash
# Makes the image debian:trixie-slim on the local Docker engine, or in a file for another's, when it is
# missing and cannot be pulled: a debootstrap from the Debian mirror that this machine itself installs from. The image
# carries this machine's CA certificates and its settings for apt, pip and npm, so that no
# Dockerfile has to know of them. It is for this machine only: never push it, nor an image that was
# built on it.
#
# SEMESTERHUB_BASE_IMAGE   the image to make (default debian:trixie-slim)
# SEMESTERHUB_BASE_PULL    0: do not try to pull it first
# SEMESTERHUB_BASE_ARCHIVE a file: put the image there, as `docker save` does, unless it is there; no
#                          engine is needed then
set -euo pipefail

image=${SEMESTERHUB_BASE_IMAGE:-debian:trixie-slim}
archive=${SEMESTERHUB_BASE_ARCHIVE:-}
suite=trixie
pull_seconds=20

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# The mirrors of this machine, in both formats of apt's sources: "main URL" for the distribution,
# "security URL" for its security updates.
mirrors() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -r "$file" ] || continue
    awk '$1 == "deb" {
      i = 2
      if ($2 ~ /^\[/) { while (i <= NF && $i !~ /\]$/) i++; i++ }
      print $(i + 1), $i
    }' "$file"
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -r "$file" ] || continue
    awk '
      function flush(   n, m, i, j, s, u) {
        if (on && kind ~ /(^| )deb( |$)/) {
          n = split(suites, s, " "); m = split(uris, u, " ")
          for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) print s[i], u[j]
        }
        on = 1; kind = suites = uris = ""
      }
      BEGIN { on = 1 }
      /^[[:space:]]*$/ { flush(); next }
      /^#/ { next }
      { name = tolower($1); value = $0; sub(/^[^:]*:[[:space:]]*/, "", value) }
      name == "types:" { kind = value }
      name == "uris:" { uris = value }
      name == "suites:" { suites = value }
      name == "enabled:" { on = (tolower(value) !~ /^no/) }
      END { flush() }' "$file"
  done
}

# The first mirror of the distribution itself, then of its security updates: the suite of this
# machine may be another than the one that is made.
find_mirrors() {
  local listed codename
  listed=$(mirrors | awk '$2 ~ /^https?:/')
  # shellcheck disable=SC1091  # every Debian has it
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  main_mirror=$(awk -v suite="$codename" \
    '$1 == suite || $1 == "trixie" || ($1 !~ /[-\/]/ && $2 ~ /\/debian\/?$/) { print $2; exit }' \
    <<<"$listed")
  security_mirror=$(awk '$1 ~ /-security$/ || $1 ~ /\/updates$/ { print $2; exit }' <<<"$listed")
  main_mirror=${main_mirror:-http://deb.debian.org/debian}
  security_mirror=${security_mirror:-http://deb.debian.org/debian-security}
}

install_debootstrap() {
  command -v debootstrap >/dev/null && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "$image cannot be pulled, and debootstrap, to make it with, is not installed." \
      "Install debootstrap, or load the image: docker load."
  fi
  say "installing debootstrap"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update >/dev/null || fail "apt-get update failed."
  apt-get -qq install --no-install-recommends -y debootstrap debian-archive-keyring \
    </dev/null >/dev/null || fail "apt-get install debootstrap failed."
}

# What the machine trusts, in one file.
ca_bundle() {
  local file
  for file in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt; do
    if [ -n "$file" ] && [ -r "$file" ]; then
      printf '%s' "$file"
      return
    fi
  done
}

write_settings() {
  local tree=$1 bundle index find registry
  cat >"$tree/etc/apt/sources.list" <<SOURCES
deb $main_mirror $suite main
deb $main_mirror $suite-updates main
deb $security_mirror $suite-security main
SOURCES
  rm -f "$tree"/etc/apt/sources.list.d/*
  # As in the image that Docker Hub has: no translations, no packages kept, no documentation.
  cat >"$tree/etc/apt/apt.conf.d/90docker" <<'APT'
Acquire::Languages "none";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT
  printf 'path-exclude %s\n' '/usr/share/doc/*' '/usr/share/info/*' '/usr/share/man/*' \
    '/usr/share/locale/*' >"$tree/etc/dpkg/dpkg.cfg.d/docker"
  printf 'path-include /usr/share/doc/*/copyright\n' >>"$tree/etc/dpkg/dpkg.cfg.d/docker"
  # Proxies and the like, in apt's own words. Keys and passwords are not among them.
  apt-config dump 2>/dev/null | awk '/^Acquire::(http|https)::(Proxy|proxy) /' \
    >"$tree/etc/apt/apt.conf.d/91machine" || true
  mkdir -p "$tree/etc/semesterhub-mirror"
  bundle=$(ca_bundle)
  if [ -n "$bundle" ]; then
    install -m 644 "$bundle" "$tree/etc/semesterhub-mirror/ca.pem"
    printf 'Acquire::https::CAInfo "/etc/semesterhub-mirror/ca.pem";\n' \
      >>"$tree/etc/apt/apt.conf.d/91machine"
  fi
  index=$(setting_of_pip index-url)
  find=$(setting_of_pip extra-index-url)
  {
    printf '[global]\n'
    [ -z "$bundle" ] || printf 'cert = /etc/semesterhub-mirror/ca.pem\n'
    [ -z "$index" ] || printf 'index-url = %s\n' "$index"
    [ -z "$find" ] || printf 'extra-index-url = %s\n' "$find"
  } >"$tree/etc/pip.conf"
  registry=$(npm config get registry 2>/dev/null || true)
  {
    [ -z "$registry" ] || [ "$registry" = undefined ] || printf 'registry=%s\n' "$registry"
    [ -z "$bundle" ] || printf 'cafile=/etc/semesterhub-mirror/ca.pem\n'
  } >"$tree/etc/npmrc"
}

# One setting of pip, from its environment or its files.
setting_of_pip() {
  local variable
  variable=PIP_$(printf '%s' "$1" | tr 'a-z-' 'A-Z_')
  if [ -n "${!variable:-}" ]; then
    printf '%s' "${!variable}"
  elif command -v pip3 >/dev/null; then
    pip3 config get "global.$1" 2>/dev/null || true
  fi
}

present() { docker image inspect "$image" >/dev/null 2>&1; }

# What `docker load` reads, from a tree of files.
write_archive() {
  local tree=$1 file=$2 parts layer variables
  parts=$work/parts
  mkdir "$parts"
  tar -C "$tree" --numeric-owner -cf "$parts/layer.tar" .
  layer=$(sha256sum "$parts/layer.tar")
  variables='"NPM_CONFIG_GLOBALCONFIG=/etc/npmrc"'
  if [ -e "$tree/etc/semesterhub-mirror/ca.pem" ]; then
    variables=$variables',"PIP_CERT=/etc/semesterhub-mirror/ca.pem"'
    variables=$variables',"NODE_EXTRA_CA_CERTS=/etc/semesterhub-mirror/ca.pem"'
  fi
  cat >"$parts/config.json" <<JSON
{"architecture":"amd64","os":"linux","created":"$(date -u +%Y-%m-%dT%H:%M:%SZ)",
 "config":{"Cmd":["bash"],"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",$variables]},
 "rootfs":{"type":"layers","diff_ids":["sha256:${layer%% *}"]},
 "history":[{"created_by":"debootstrap $suite"}]}
JSON
  printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]\n' "$image" \
    >"$parts/manifest.json"
  tar -C "$parts" -cf "$file" manifest.json config.json layer.tar
}

# Saves the engine's image, and ends.
finish_with_engine() {
  if [ -n "$archive" ]; then
    docker image save --output "$archive.new" "$image"
    mv -f "$archive.new" "$archive"
  fi
  say "$image is $1"
  exit 0
}

if [ -n "$archive" ]; then
  if [ -e "$archive" ]; then
    say "$image is there"
    exit 0
  fi
  mkdir -p "$(dirname "$archive")"
fi
engine=false
if docker version >/dev/null 2>&1; then
  engine=true
elif [ -z "$archive" ]; then
  fail "No Docker engine answers here."
fi
if "$engine" && present; then finish_with_engine there; fi
if "$engine" && [ "${SEMESTERHUB_BASE_PULL:-1}" != 0 ]; then
  say "pulling $image"
  if timeout "$pull_seconds" docker pull --quiet "$image" >/dev/null 2>&1 || present; then
    finish_with_engine pulled
  fi
  say "$image cannot be pulled from here"
fi

install_debootstrap
[ "$(id -u)" = 0 ] || fail "$image cannot be pulled, and only root can make it with debootstrap."
find_mirrors
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
tree=$work/tree
say "making $image with debootstrap"
# As in the image that Docker Hub has: a layer is kept whole or not at all, so nothing in it has to be on the
# disk at once. It halves the time in which packages are unpacked, here already.
install -d "$tree/etc/dpkg/dpkg.cfg.d"
echo force-unsafe-io >"$tree/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"
debootstrap --variant=minbase "$suite" "$tree" "$main_mirror" \
  >"$work/log" 2>&1 || {
  tail -n 5 "$work/log" >&2
  fail "debootstrap failed."
}
rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/* "$tree"/var/log/* \
  "$tree"/usr/share/man/* "$tree"/usr/share/locale/* "$tree"/usr/share/doc/* \
  "$tree"/etc/machine-id "$tree"/etc/hostname "$tree"/etc/resolv.conf
: >"$tree/etc/machine-id"
write_settings "$tree"
say "packing $image"
write_archive "$tree" "$work/image.tar"
if [ -n "$archive" ]; then
  mv -f "$work/image.tar" "$archive.new"
  mv -f "$archive.new" "$archive"
else
  docker load --quiet --input "$work/image.tar" >/dev/null
fi
say "$image is made"
