#!/usr/bin/env bash
# npm_test.sh FOLDER: installs what the package-lock.json of FOLDER names, once for each content of it, and runs
# `npm test` there. CARILLON_BINARY names the node. The packages of this repository that FOLDER uses come first.
set -euo pipefail
install() {
  (
    cd "$1"
    exec 9>.npm.lock
    flock 9
    if ! cmp -s package-lock.json node_modules/.installed; then
      npm ci --ignore-scripts --no-audit --no-fund >/dev/null
      cp package-lock.json node_modules/.installed
    fi
  )
}
folder=$(realpath "$1")
clients=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case $folder in
"$clients"/*) ;;
*) for package in typescript typescript-server; do install "$clients/$package"; done ;;
esac
install "$folder"
cd "$folder"
exec npm test
