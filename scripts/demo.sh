#!/usr/bin/env bash
# demo.sh: stream workers as real processes on a real store, with every fault, and what
# members send while nothing happens. BACKEND is the address of a store, the name of one
# to start (etcd unless it is set), or "all".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A workspace file above the clone must not change what is run.
export GOWORK=off

backend=${BACKEND:-etcd}
stores=("$backend")
if [[ $backend == all ]]; then
  read -ra stores < <(go run ./internal/atrest -names)
fi

failed=0
for store in "${stores[@]}"; do
  [[ $backend != all ]] || echo "== $store"
  scripts/store.sh "$store"
  go run ./examples/streamworkers demo -backend "$store" || failed=$((failed + 1))
  go run ./internal/atrest "$store" || failed=$((failed + 1))
done
if ((failed > 0)); then
  echo "demo: FAILED ($failed of ${#stores[@]} stores' demos and counts) in $SECONDS s"
  exit 1
fi
echo "demo: ok (${#stores[@]} stores) in $SECONDS s"
