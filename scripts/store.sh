#!/usr/bin/env bash
# store.sh NAME: makes sure that the servers of a store are there, under the names that the
# demo and the torture command know. An address, or a store in a file, needs nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case $1 in
  etcd | etcd3) scripts/build-tool.sh etcd >/dev/null ;;
  redis | redis-*) [[ $1 == *:* ]] || scripts/servers.sh redis ;;
  postgres | mariadb | zookeeper | azurite) scripts/servers.sh "$1" ;;
esac
