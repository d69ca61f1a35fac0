#!/usr/bin/env bash
# check.sh: everything that needs no server. All steps run, also after one has failed;
# a step prints its output only when it fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A workspace file above the clone must not change what is checked.
export GOWORK=off
failed=()
output=$(mktemp)
trap 'rm -f "$output"' EXIT

# step NAME COMMAND…: runs the command and notes whether it failed.
step() {
  local name=$1 start=$SECONDS
  shift
  if "$@" >"$output" 2>&1; then
    echo "check: $name ok ($((SECONDS - start)) s)"
  else
    cat "$output"
    echo "check: $name FAILED ($((SECONDS - start)) s)"
    failed+=("$name")
  fi
}

# gofmt lists files and succeeds; a list that is not empty is the failure.
formatted() {
  local files
  files=$(gofmt -l .)
  [[ -z $files ]] || { echo "run gofmt -w on:" && echo "$files" && return 1; }
}

# Every module of the repository, nested ones too.
tidy() {
  local status=0 file
  for file in go.mod tools/*/go.mod; do
    (cd "$(dirname "$file")" && go mod tidy -diff) || { echo "$file is not tidy" && status=1; }
  done
  return $status
}

lint() {
  local linter
  linter=$(scripts/build-tool.sh lint) && "$linter" run ./...
}

step format formatted
step vet go vet ./...
step tidy tidy
step lint lint
step "import rules" go test .
# The race detector of Go 1.26 now and then fails a check of its own on the
# simulation's bubbles of thousands of goroutines, so that one runs without it.
mapfile -t packages < <(go list ./... | grep -v /internal/sim)
step "unit tests" go test -race -short -timeout 10m "${packages[@]}"
step "simulation" go test -short -timeout 10m ./internal/sim

if ((${#failed[@]} > 0)); then
  echo "check: FAILED ($(IFS=, && echo "${failed[*]}")) in $SECONDS s"
  exit 1
fi
echo "check: ok ($(go list ./... | wc -l | tr -d ' ') packages) in $SECONDS s"
