#!/usr/bin/env bash
# conformance.sh: the store contract on every store, and a table of what they keep.
# Servers are required: a store whose server is missing fails.
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

stores=(memory etcd redisstore redisquorum postgres sqlite mysql zookeeper azureblob)
TENURE_CONFORMANCE_REPORT=$(mktemp)
export TENURE_CONFORMANCE_REPORT
output=$(mktemp)
trap 'rm -f "$TENURE_CONFORMANCE_REPORT" "$output"' EXIT

failed=()
for store in "${stores[@]}"; do
  before=$(wc -l <"$TENURE_CONFORMANCE_REPORT")
  # -parallel: most clauses only wait for a session to expire.
  if ! go test -count=1 -timeout 10m -parallel 16 -run '^TestConformance' "./backends/$store" >"$output" 2>&1; then
    cat "$output"
    failed+=("$store")
  elif [[ $(wc -l <"$TENURE_CONFORMANCE_REPORT") == "$before" ]]; then
    echo "conformance: the tests of $store reported nothing"
    failed+=("$store")
  fi
done

row='%-29s %-32s %7s %7s %8s %8s  %s\n'
# shellcheck disable=SC2059 # the format is fixed
printf "$row" store server passed failed skipped seconds "reason for skipping"
# The version may be empty: tabs as separators of read would run together.
while IFS='|' read -r name version passed bad skipped reasons seconds; do
  # shellcheck disable=SC2059
  printf "$row" "$name" "${version:--}" "$passed" "$bad" "$skipped" "$seconds" "${reasons:--}"
done < <(tr '\t' '|' <"$TENURE_CONFORMANCE_REPORT")

if ((${#failed[@]} > 0)); then
  echo "conformance: FAILED ($(IFS=, && echo "${failed[*]}")) in $SECONDS s"
  exit 1
fi
echo "conformance: ok (${#stores[@]} stores) in $SECONDS s"
