#!/usr/bin/env bash
# Runs every benchmark against real servers on loopback and prints one JSON line per figure.
#   bench/run.sh BUILD_DIR [SECONDS]
set -euo pipefail
build=$1
seconds=${2:-8}
rounds=${CARILLON_BENCH_ROUNDS:-3}
scratch=$(mktemp -d "${CARILLON_BENCH_DIR:-/var/tmp}/carillon-bench-XXXXXX")
postgres=
pids=()
cleanup() {
  [ -z "$postgres" ] || tests/support/postgres_server.sh stop "$postgres"
  for pid in "${pids[@]:-}"; do
    [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
  done
  rm -rf "$scratch"
}
trap cleanup EXIT

say() { printf '%s\n' "$*"; }

# start_node NAME ARGS…: starts a node on free ports; sets node_pid and data_port. What is done for
# people is measured by itself.
start_node() {
  local out="$scratch/$1.out"
  shift
  "$build/node/carillon" serve --dev --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 \
    --log-level warn --email-types '' --notification-types '' "$@" >"$out" 2>>"$scratch/node.log" &
  node_pid=$!
  pids+=("$node_pid")
  for _ in $(seq 200); do
    grep -q '^ready' "$out" && break
    sleep 0.05
  done
  data_port=$(sed -n 's/^ready data=127.0.0.1:\([0-9]*\) .*/\1/p' "$out")
}

stop_node() {
  kill "$node_pid"
  wait "$node_pid" || true
}

load() { "$build/bench/http_load" --seconds "$seconds" "$@"; }

"$build/bench/codec_bench" --benchmark_format=console 2>/dev/null | grep -E '^(parse|encode|match)' || true
"$build/bench/engine_bench" publish --seconds 3 --rounds "$rounds"
"$build/bench/engine_bench" sustained --seconds "$seconds"
"$build/bench/webhook_bench" rate --rounds "$rounds"
"$build/bench/webhook_bench" latency --seconds "$seconds"
"$build/bench/webhook_bench" idle
"$build/bench/engine_bench" handlers --rounds "$rounds"
"$build/bench/job_bench" drain --rounds "$rounds"
"$build/bench/job_bench" live --rounds "$rounds"

# PostgreSQL that writes through, on the same disk; its owner may not enter the scratch directory.
postgres=$scratch-postgres
CARILLON_POSTGRES_DURABLE=1 tests/support/postgres_server.sh start "$postgres"
export CARILLON_BENCH_POSTGRES=$postgres
"$build/bench/postgres_bench" publish --seconds 3 --rounds "$rounds"
"$build/bench/postgres_bench" copy --rounds "$rounds"
"$build/bench/postgres_bench" handlers --rounds "$rounds"
tests/support/postgres_server.sh stop "$postgres"
postgres=

# Sessions: the node and npm ws are processes of their own, and so are their clients.
npm_dir=build/npm
tests/peers/install.sh "$npm_dir" >"$scratch/npm.log"
node bench/ws_broadcast.mjs "$npm_dir" >"$scratch/ws.out" &
pids+=("$!")
for _ in $(seq 100); do
  grep -q '^ready' "$scratch/ws.out" && break
  sleep 0.05
done
ws_port=$(sed -n 's/^ready //p' "$scratch/ws.out")
sessions() { "$build/bench/session_bench" "$@" --port "$data_port"; }
broadcast() { sessions broadcast --ws-port "$ws_port" --rounds "$rounds" "$@"; }

start_node sessions --data-dir "$scratch/sessions" --accept-unknown-types --max-connections 10100 \
  --sessions-per-user 0 --sessions-per-company 0
for bytes in 20 1024; do
  for count in 100 1000 10000; do
    broadcast --sessions "$count" --data "$bytes"
  done
done
broadcast --sessions 100 --batch 1 --window 64
broadcast --sessions 100 --batch 1
broadcast --sessions 1000 --batch 1
stop_node
start_node idle --data-dir "$scratch/idle" --accept-unknown-types --max-connections 10100 \
  --sessions-per-user 0 --sessions-per-company 0
sessions memory --pid "$node_pid"
stop_node
start_node storm --data-dir "$scratch/storm" --accept-unknown-types \
  --sessions-per-user 0 --sessions-per-company 0
sessions storm
stop_node
start_node log-storm --data-dir "$scratch/log-storm" --accept-unknown-types --sessions-history 1 \
  --sessions-per-user 0 --sessions-per-company 0
sessions storm --from log
stop_node

node bench/fair_shares.mjs "$build/node/carillon" "$npm_dir" "$rounds"
node bench/workers.mjs "$build/node/carillon" "$npm_dir" "$rounds"
bench/queues/run.sh "$build/node/carillon" "$rounds"

redis_dir="$scratch/redis"
mkdir -p "$redis_dir"
redis_port=$((20000 + RANDOM % 20000))
redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$redis_dir" --save '' --appendonly yes \
  --appendfsync always --daemonize no >"$scratch/redis.log" 2>&1 &
pids+=("$!")
for _ in $(seq 100); do
  redis-cli -p "$redis_port" ping >/dev/null 2>&1 && break
  sleep 0.05
done

for round in $(seq "$rounds"); do
  start_node "null-$round" --data-dir "$scratch/null-$round"
  say "{\"bench\":\"http_no_store\",\"round\":$round,\"result\":$("$build/bench/null_port" "$seconds" "$build/bench/http_load")}"
  say "{\"bench\":\"http_single\",\"round\":$round,\"result\":$(load --port "$data_port" --connections 64)}"
  rss=$(awk '/VmRSS/{print int($2/1024)}' "/proc/$node_pid/status")
  say "{\"bench\":\"node_rss_mib\",\"round\":$round,\"result\":$rss}"
  stop_node
  start_node "batch-$round" --data-dir "$scratch/batch-$round"
  say "{\"bench\":\"http_batch_100\",\"round\":$round,\"result\":$(load --port "$data_port" --connections 16 --batch 100)}"
  stop_node
  rm -rf "$scratch/null-$round" "$scratch/batch-$round"
  say "{\"bench\":\"redis_xadd_always\",\"round\":$round,\"result\":$(load --port "$redis_port" --connections 64 --redis)}"
done

"$build/bench/engine_bench" history --events "${CARILLON_BENCH_EVENTS:-5000000}"
