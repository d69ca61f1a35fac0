#!/usr/bin/env bash
# fuzz.sh [N]: runs every fuzz target for N seconds, 10 unless said. An input that breaks
# one is written into testdata/fuzz of its package: keep it there, it is run by every
# ordinary test from then on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A workspace file above the clone must not change what is tested.
export GOWORK=off
each=${1:-10}
[[ $each =~ ^[1-9][0-9]*$ ]] || { echo "fuzz: the seconds for each target are a positive number, not '$each'" >&2; exit 2; }

began=$(date +%s)
count=0 failed=()
# Only packages that have targets are compiled.
mapfile -t folders < <(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u)
for folder in "${folders[@]}"; do
  targets=$(go test -list '^Fuzz' "./$folder" | grep '^Fuzz')
  for target in $targets; do
    count=$((count + 1))
    if output=$(go test -run '^$' -fuzz "^$target\$" -fuzztime "${each}s" "./$folder" 2>&1); then
      # The last line that counts: "fuzz: elapsed: 10s, execs: 123456 (…), new interesting: 7 (total: 21)".
      execs=$(grep -o 'execs: [0-9]*' <<<"$output" | tail -n 1) || execs="no time for more than its seeds"
      echo "fuzz: $folder.$target ok, $execs"
    else
      echo "$output"
      echo "fuzz: $folder.$target FAILED"
      failed+=("$folder.$target")
    fi
  done
done

took=$(($(date +%s) - began))
if ((${#failed[@]} > 0)); then
  echo "fuzz: FAILED (${failed[*]}) in $took s"
  exit 1
fi
echo "fuzz: ok ($count targets, $each s each) in $took s"
