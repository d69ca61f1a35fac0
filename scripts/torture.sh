#!/usr/bin/env bash
# torture.sh BACKEND [FLAG…]: runs the torture command on a store, with the servers that it
# needs. BACKEND is a store's name or its address; the flags are those of tools/torture.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

backend=$1
shift
scripts/store.sh "$backend"

# Built and then run, not by `go run`: the command gets the signals itself, and its exit
# status is the command's own.
program=$(mktemp)
trap 'rm -f "$program"' EXIT
(cd tools/torture && GOWORK=off go build -o "$program" .)
"$program" -backend "$backend" "$@"
