#!/usr/bin/env bash
# tls_cost.sh BUILD_DIR [SECONDS] [ROUNDS]: what TLS costs a node whose clients keep their connections. In each round the same events go
# to two nodes one after the other, one with TLS and one without; the order changes with each round, so that what the machine does meanwhile
# concerns both. Prints a JSON line for each run and one with the medians:
#
#   cost        1 − requests/s with TLS ÷ without; the goal is below 0.25. The load encrypts too, on the same processors: where it has
#               none of its own, this is the cost of both sides.
#   node_cost   the same by the node's processor time per request, which the load does not concern, nor what else the machine does.
#
# With --tls the load has done its handshakes before the first request (64 at the begin); sessions are not resumed, so a client that
# connects anew pays about 1 ms of both sides with the elliptic key here. Single events are a record each way (about 450 and 170 bytes);
# arrays of 100 are three records to the node. Nodes do not write through to a slow disk here (memory), where the disk would hide TLS:
# CARILLON_BENCH_DIR names another directory.
set -euo pipefail
build=$(realpath "$1")
seconds=${2:-8}
rounds=${3:-5}
scratch=$(mktemp -d "${CARILLON_BENCH_DIR:-/dev/shm}/carillon-tls-XXXXXX")
node_pid=
stop_node() {
  [ -z "$node_pid" ] || { kill "$node_pid" 2>/dev/null && wait "$node_pid" || true; }
  node_pid=
}
trap 'stop_node; rm -rf "$scratch"' EXIT

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -keyout "$scratch/own.key" -out "$scratch/own.pem" 2>/dev/null
ticks=$(getconf CLK_TCK)

# Processor time of the node so far, in ticks.
used() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$node_pid/stat"; }

# run KIND BATCH CONNECTIONS: one load against one new node; prints a line.
run() {
  local tls=() load=()
  if [ "$1" = tls ]; then
    tls=(--tls-cert "$scratch/own.pem" --tls-key "$scratch/own.key")
    load=(--tls)
  fi
  # The line of the node before would be taken for this one's.
  rm -rf "$scratch/data" "$scratch/out"
  "$build/node/carillon" serve --dev --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --log-level error \
    --email-types '' --notification-types '' --data-dir "$scratch/data" "${tls[@]}" >"$scratch/out" 2>"$scratch/log" &
  node_pid=$!
  for _ in $(seq 200); do
    grep -qs '^ready' "$scratch/out" && break
    sleep 0.05
  done
  local port before result after
  port=$(sed -n 's/^ready data=127.0.0.1:\([0-9]*\) .*/\1/p' "$scratch/out")
  # Handshakes and the first requests are over before the node's time is taken: the load warms up for a second.
  "$build/bench/http_load" --port "$port" --seconds "$seconds" --batch "$2" --connections "$3" "${load[@]}" >"$scratch/result" &
  local load_pid=$!
  sleep 1
  before=$(used)
  wait "$load_pid"
  after=$(used)
  result=$(cat "$scratch/result")
  stop_node
  node -e '
    const [kind, batch, result, ticks, perSecond, seconds] = process.argv.slice(1);
    const x = JSON.parse(result);
    const node_us = (Number(ticks) / Number(perSecond)) * 1e6 / (x.requests_per_s * Number(seconds));
    console.log(JSON.stringify({ bench: "tls_cost", kind, batch: Number(batch), ...x, node_us: Number(node_us.toFixed(2)) }));
  ' "$1" "$2" "$result" "$((after - before))" "$ticks" "$seconds"
}

for shape in "1 64" "100 16"; do
  read -r batch connections <<<"$shape"
  for round in $(seq "$rounds"); do
    order=(plain tls)
    [ $((round % 2)) -eq 1 ] || order=(tls plain)
    for kind in "${order[@]}"; do run "$kind" "$batch" "$connections"; done
  done | tee "$scratch/lines"
  node -e '
    const lines = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n").map((x) => JSON.parse(x));
    if (lines.some((x, i) => x.kind === lines[i ^ 1].kind)) throw new Error("a round lacks a run with or without TLS");
    const median = (kind, of) => { const all = lines.filter((x) => x.kind === kind).map(of).sort((a, b) => a - b); return all[all.length >> 1]; };
    const ratio = (of) => median("tls", of) / median("plain", of);
    console.log(JSON.stringify({ bench: "tls_cost", batch: lines[0].batch, rounds: lines.length / 2, cost: Number((1 - ratio((x) => x.requests_per_s)).toFixed(3)),
      node_cost: Number((1 - 1 / ratio((x) => x.node_us)).toFixed(3)), load_cost: Number((1 - 1 / ratio((x) => x.load_us)).toFixed(3)) }));
  ' "$scratch/lines"
done
