#!/usr/bin/env bash
# run.sh BINARY [ROUNDS] [NAME,…]: the same events through Carillon and through what else takes them, each server a
# package of Debian, started here on loopback and stopped. See main.mjs; prints JSON lines. Three minutes for a round.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary=$(realpath "$1")
shift
cd "$here"
for tool in redis-server rabbitmq-server nats-server; do
  if ! command -v "$tool" >/dev/null && ! [ -x "/usr/sbin/$tool" ]; then
    echo "run.sh: $tool is missing; ./dev bench installs it" >&2
    exit 1
  fi
done
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --ignore-scripts --no-audit --no-fund >/dev/null
  cp package-lock.json node_modules/.installed
fi
# All stores on one disk, none in memory.
scratch=$(mktemp -d "${CARILLON_BENCH_DIR:-/var/tmp}/carillon-peers-XXXXXX")
# Its owner may not enter the scratch directory.
postgres=$scratch-postgres
finish() {
  ../../tests/support/postgres_server.sh stop "$postgres"
  rm -rf "$scratch"
}
trap finish EXIT
CARILLON_POSTGRES_DURABLE=1 ../../tests/support/postgres_server.sh start "$postgres"
node main.mjs "$binary" "$scratch" "$postgres" "$@"
