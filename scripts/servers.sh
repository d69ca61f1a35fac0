#!/usr/bin/env bash
# servers.sh [NAME…]: makes sure that the servers of Debian's packages are there that tests
# run: redis, postgres, pgbouncer; all if none is named. As root, or with TENURE_INSTALL=1
# through sudo, it installs what is missing; else it prints the command and fails.
set -euo pipefail

# has NAME: the server is where its tests look for it.
has() {
  case $1 in
    redis) [[ -n ${TENURE_REDIS_BIN:-} ]] || command -v redis-server redis-sentinel ;;
    postgres) [[ -x ${TENURE_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}/postgres ]] ;;
    pgbouncer) command -v pgbouncer || [[ -x /usr/sbin/pgbouncer ]] ;;
    *) echo "usage: ${0##*/} [redis|postgres|pgbouncer]…" >&2 && exit 2 ;;
  esac >/dev/null
}

package_of() {
  case $1 in
    redis) echo redis-server redis-sentinel ;;
    postgres) echo postgresql-15 ;;
    pgbouncer) echo pgbouncer ;;
  esac
}

[[ $# -gt 0 ]] || set -- redis postgres pgbouncer
missing=() packages=()
for name in "$@"; do
  if ! has "$name"; then
    missing+=("$name")
    read -ra more < <(package_of "$name")
    packages+=("${more[@]}")
  fi
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

install="apt-get install -y --no-install-recommends ${packages[*]}"
root=()
if [[ $(id -u) != 0 ]]; then
  if [[ -z ${TENURE_INSTALL:-} ]]; then
    echo "servers: FAILED: ${missing[*]} not found. Install by: sudo $install; or set TENURE_INSTALL=1" >&2
    exit 1
  fi
  root=(sudo)
fi
if ! command -v apt-get >/dev/null; then
  echo "servers: FAILED: ${missing[*]} not found, and there is no apt-get; install them yourself" >&2
  exit 1
fi
echo "servers: installing ${packages[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
# No server is to be started by its package: tests start their own.
"${root[@]}" apt-get update -qq >&2
# shellcheck disable=SC2086
"${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $install >&2
for one in "${missing[@]}"; do
  has "$one" || { echo "servers: FAILED: $one is still missing after: $install" >&2 && exit 1; }
done
