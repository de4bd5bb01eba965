#!/usr/bin/env bash
# install.sh DIR: installs the packages of package-lock.json into DIR, once for each content of it.
# Run by ctest before the tests that need them, never by a build.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
cd "$1"
exec 9>.lock
flock 9
if cmp -s "$source/package-lock.json" .installed; then exit 0; fi
for program in node npm; do
  if ! command -v "$program" >/dev/null; then
    echo "$program is not installed: ./dev test installs it" >&2
    exit 1
  fi
done
cp "$source/package.json" "$source/package-lock.json" .
npm ci --ignore-scripts --no-audit --no-fund
cp package-lock.json .installed
