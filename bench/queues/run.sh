#!/usr/bin/env bash
# run.sh BINARY [ROUNDS] [NAME,…]: Carillon beside pg-boss, graphile-worker (PostgreSQL of Debian, writes through) and
# BullMQ (redis-server of Debian, appendfsync always). See main.mjs; prints JSON lines. About a minute for a round.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary=$(realpath "$1")
shift
cd "$here"
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --ignore-scripts --no-audit --no-fund >/dev/null
  cp package-lock.json node_modules/.installed
fi
package=../../clients/typescript
if ! [ -e $package/dist/esm/index.js ]; then
  (cd $package && npm ci --ignore-scripts --no-audit --no-fund && npm run build) >/dev/null
fi
scratch=$(mktemp -d)
# Its owner may not enter the scratch directory.
postgres=$scratch-postgres
finish() {
  ../../tests/support/postgres_server.sh stop "$postgres"
  rm -rf "$scratch"
}
trap finish EXIT
CARILLON_POSTGRES_DURABLE=1 ../../tests/support/postgres_server.sh start "$postgres"
node main.mjs "$binary" "$scratch" "$postgres" "$@"
