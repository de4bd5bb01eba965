#!/usr/bin/env bash
# npm_test.sh prepare            installs what the package-lock.json of each package below names, once for each
#                                content of it, and builds the packages
# npm_test.sh FOLDER [WORD...]   runs `npm test`, or `npm run WORD...`, in FOLDER; nothing else is installed or built
# npm_test.sh run FILE           runs tests that use the packages
#
# Run by ctest, never by a build. CARILLON_BINARY names the node. Only `prepare` needs a registry. Ends with 77, which ctest
# takes as skipped, where Node.js is older than the packages support, as that of Debian 12 is.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

for program in node npm; do
  if ! command -v "$program" >/dev/null; then
    echo "$program is not installed: ./dev test installs it" >&2
    exit 1
  fi
done
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
  echo "skipped: the packages need Node.js 20.3, their tools 20.19; this is $(node --version)"
  exit 77
fi

install() {
  cd "$root/$1"
  if cmp -s package-lock.json node_modules/.installed; then return; fi
  npm ci --ignore-scripts --no-audit --no-fund >/dev/null
  cp package-lock.json node_modules/.installed
}

if [ "$1" = prepare ]; then
  mkdir -p "$root/build"
  exec 9>"$root/build/.npm_packages.lock"
  flock 9
  # The shop uses the packages by their folders.
  for folder in clients/typescript clients/typescript-server examples/typescript-shop examples/portal web/console; do
    (install "$folder")
  done
  for folder in clients/typescript clients/typescript-server; do
    npm --prefix "$root/$folder" run --silent build
  done
  exit
fi
if [ "$1" = run ]; then exec node --test --test-reporter=spec "$2"; fi
cd "$1"
shift
if [ $# -eq 0 ]; then set -- test; fi
# Without scripts before and after it: they would build what other tests use at this time.
exec npm run --silent --ignore-scripts "$@"
