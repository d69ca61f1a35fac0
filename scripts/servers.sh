#!/usr/bin/env bash
# servers.sh [NAME…]: makes sure that the servers are there that tests run, all if none is
# named: redis, postgres, pgbouncer, mariadb, zookeeper from Debian's packages, and azurite
# from npm. As root, or with TENURE_INSTALL=1 through sudo, it installs the packages that
# are missing; else it prints the command and fails. Azurite goes into the user's cache.
set -euo pipefail

# shellcheck source=scripts/user-cache.sh
source "$(dirname "${BASH_SOURCE[0]}")/user-cache.sh"

# Azurite is pinned: newer ones want a newer Node.
azurite=3.35.0
azurite_folder=$(user_cache_dir)/tenure/azurite-$azurite

# has NAME: the server is where its tests look for it.
has() {
  case $1 in
    redis) [[ -n ${TENURE_REDIS_BIN:-} ]] || command -v redis-server redis-sentinel ;;
    postgres) [[ -x ${TENURE_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}/postgres ]] ;;
    pgbouncer) command -v pgbouncer || [[ -x /usr/sbin/pgbouncer ]] ;;
    mariadb) [[ -x ${TENURE_MARIADB_BIN:-/usr/sbin}/mariadbd ]] ;;
    zookeeper) [[ -e ${TENURE_ZOOKEEPER_JAR:-/usr/share/java/zookeeper.jar} ]] && command -v java ;;
    node) [[ -n ${TENURE_AZURITE_BIN:-} ]] || { command -v node && command -v npm; } ;;
    azurite) [[ -e ${TENURE_AZURITE_BIN:-$azurite_folder/node_modules/azurite/dist/src/blob/main.js} ]] ;;
    *) echo "usage: ${0##*/} [redis|postgres|pgbouncer|mariadb|zookeeper|azurite]…" >&2 && exit 2 ;;
  esac >/dev/null
}

packages_of() {
  case $1 in
    redis) echo redis-server redis-sentinel ;;
    postgres) echo postgresql-15 ;;
    pgbouncer) echo pgbouncer ;;
    mariadb) echo mariadb-server ;;
    # One with a Java keeps it: the package's own choice would bring another.
    zookeeper) echo zookeeper "$(command -v java >/dev/null || echo default-jre-headless)" ;;
    node) echo nodejs npm ;;
  esac
}

# install_packages NAME…: installs what Debian has, or says how.
install_packages() {
  local packages=() more name
  for name in "$@"; do
    read -ra more < <(packages_of "$name")
    packages+=("${more[@]}")
  done
  local install="apt-get install -y --no-install-recommends ${packages[*]}"
  local root=()
  if ! command -v apt-get >/dev/null; then
    echo "servers: FAILED: $* not found, and there is no apt-get; install them yourself" >&2
    exit 1
  fi
  if [[ $(id -u) != 0 ]]; then
    if [[ -z ${TENURE_INSTALL:-} ]]; then
      echo "servers: FAILED: $* not found. Install by: sudo $install; or set TENURE_INSTALL=1" >&2
      exit 1
    fi
    root=(sudo)
  fi
  echo "servers: installing ${packages[*]}" >&2
  "${root[@]}" apt-get update -qq >&2
  # No server is to be started by its package: tests start their own.
  # shellcheck disable=SC2086
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $install >&2
  for name in "$@"; do
    has "$name" || { echo "servers: FAILED: $name is still missing after: $install" >&2 && exit 1; }
  done
}

# install_azurite builds under another name and renames: an interrupted or parallel
# installation never leaves half of it.
install_azurite() {
  echo "servers: installing azurite $azurite from npm" >&2
  local partial=$azurite_folder.$$
  mkdir -p "$partial"
  trap 'rm -rf "$partial"' RETURN
  npm install --prefix "$partial" --no-audit --no-fund --omit=dev --loglevel=error "azurite@$azurite" >&2
  [[ -e $azurite_folder ]] || mv "$partial" "$azurite_folder"
  has azurite || { echo "servers: FAILED: azurite is not in $azurite_folder" >&2 && exit 1; }
}

[[ $# -gt 0 ]] || set -- redis postgres pgbouncer mariadb zookeeper azurite
missing=()
for name in "$@"; do
  package=$name
  [[ $name == azurite ]] && package=node
  has "$package" || missing+=("$package")
done
[[ ${#missing[@]} == 0 ]] || install_packages "${missing[@]}"
for name in "$@"; do
  [[ $name != azurite ]] || has azurite || install_azurite
done
