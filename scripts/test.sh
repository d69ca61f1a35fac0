#!/usr/bin/env bash
# test.sh: every test, against real servers. A server that this script can build is
# required: its tests fail when it is missing and are never skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A workspace file above the clone must not change what is tested.
export GOWORK=off

# An own binary in TENURE_ETCD_BIN is taken as it is.
if [[ -z ${TENURE_ETCD_BIN:-} ]]; then
  TENURE_ETCD_BIN=$(scripts/build-tool.sh etcd)
  export TENURE_ETCD_BIN
fi
scripts/servers.sh
export TENURE_REQUIRE=${TENURE_REQUIRE:-etcd,redis,postgres,pgbouncer,mariadb,zookeeper,azurite}

TENURE_SKIP_LOG=$(mktemp)
export TENURE_SKIP_LOG
trap 'rm -f "$TENURE_SKIP_LOG"' EXIT

echo "test: etcd is $TENURE_ETCD_BIN"
# -count=1: who asks for the tests of real servers does not want remembered results.
result=ok
go test -count=1 -timeout 20m ./... || result=FAILED
for module in planbench torture; do
  (cd "tools/$module" && go vet ./... && go test -count=1 ./...) || result=FAILED
done

if [[ -s $TENURE_SKIP_LOG ]]; then
  echo "test: skipped for want of a server:"
  sort -u "$TENURE_SKIP_LOG"
fi
skipped=$(wc -l <"$TENURE_SKIP_LOG" | tr -d ' ')
echo "test: $result ($(go list ./... | wc -l | tr -d ' ') packages, $skipped tests skipped) in $SECONDS s"
[[ $result == ok ]]
