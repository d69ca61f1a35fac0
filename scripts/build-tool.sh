#!/usr/bin/env bash
# build-tool.sh NAME: builds the pinned tool tools/NAME into the user's cache
# directory, unless it is there already, and prints the path of the binary.
#
# The cache is keyed by version and lies outside the clone, so a fresh clone and a
# second worktree share one build, and a changed pin never runs an old binary.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

case "${1:-}" in
  etcd)
    module=go.etcd.io/etcd/server/v3 package=$module binary=etcd ;;
  lint)
    module=github.com/golangci/golangci-lint/v2 package=$module/cmd/golangci-lint binary=golangci-lint ;;
  *)
    echo "usage: ${0##*/} etcd|lint" >&2
    exit 2 ;;
esac

# shellcheck source=scripts/user-cache.sh
source "$root/scripts/user-cache.sh"

# GOWORK=off: a workspace file above the clone must not change the pinned versions.
export GOWORK=off
cd "$root/tools/$1"
version=$(go list -m -f '{{.Version}}' "$module")
folder=$(user_cache_dir)/tenure/$binary-$version
if [[ ! -x $folder/$binary ]]; then
  echo "building $binary $version, once (about two minutes)" >&2
  mkdir -p "$folder"
  # Build under another name and rename: an interrupted or parallel build never
  # leaves half a binary under the final name.
  partial=$folder/.$binary.$$
  trap 'rm -f "$partial"' EXIT
  CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o "$partial" "$package"
  mv -f "$partial" "$folder/$binary"
fi
echo "$folder/$binary"
