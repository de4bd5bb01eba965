#!/usr/bin/env bash
# What traces cost: publishing over HTTP without them, with them at 1 %, and with a collector that hangs, in turns on one
# machine, in an order that changes with each round. Prints one JSON line per round and load, and one with the medians of the
# ratios: of the rates, and of the node's processor time per event, which what else the machine does concerns little.
#   bench/trace_cost.sh BUILD_DIR [SECONDS] [ROUNDS]
set -euo pipefail
build=$1
seconds=${2:-8}
rounds=${3:-5}
ratio=${CARILLON_BENCH_RATIO:-0.01}
scratch=$(mktemp -d "${CARILLON_BENCH_DIR:-/var/tmp}/carillon-traces-XXXXXX")
pids=()
cleanup() {
  for pid in "${pids[@]:-}"; do
    [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
  done
  rm -rf "$scratch"
}
trap cleanup EXIT

# Takes everything and reads nothing of it; or accepts and never answers.
cat >"$scratch/collector.py" <<'END'
import socket, sys, threading
hangs = sys.argv[1] == "hang"
server = socket.create_server(("127.0.0.1", 0), backlog=16)
print(server.getsockname()[1], flush=True)
def serve(peer):
    while True:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = peer.recv(65536)
            if not piece:
                return
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        left = next(int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length:")) - len(body)
        while left > 0:
            piece = peer.recv(min(left, 1 << 20))
            if not piece:
                return
            left -= len(piece)
        if hangs:
            threading.Event().wait()
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
END
# start_collector KIND: sets collector_port.
start_collector() {
  python3 "$scratch/collector.py" "$1" >"$scratch/$1.port" &
  pids+=("$!")
  for _ in $(seq 100); do
    [ -s "$scratch/$1.port" ] && break
    sleep 0.05
  done
  collector_port=$(cat "$scratch/$1.port")
}
start_collector take
taking=$collector_port
start_collector hang
hanging=$collector_port

ticks=$(getconf CLK_TCK)

# rate BATCH ARGS…: events per second of a new node; sets `figure`, `spent`, the node's microseconds per event, and `spans`,
# those that the collector took and lost.
rate() {
  local batch=$1 out="$scratch/node.out"
  shift
  rm -rf "$scratch/data" "$out"
  "$build/node/carillon" serve --dev --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --data-dir "$scratch/data" \
    --log-level off --email-types '' --notification-types '' "$@" >"$out" &
  local node=$!
  for _ in $(seq 200); do
    grep -qs '^ready' "$out" && break
    sleep 0.05
  done
  local data admin
  data=$(sed -n 's/^ready data=127.0.0.1:\([0-9]*\) .*/\1/p' "$out")
  admin=$(sed -n 's/^ready .*admin=\(127.0.0.1:[0-9]*\).*/\1/p' "$out")
  figure=$("$build/bench/http_load" --port "$data" --connections 64 --seconds "$seconds" --batch "$batch" |
    python3 -c 'import json, sys; x = json.load(sys.stdin); print(next(v for k, v in x.items() if k.startswith("events")))')
  spent=$(awk -v ticks="$ticks" -v events="$figure" -v seconds="$seconds" \
    '{ sub(/.*\) /, ""); printf "%.3f", ($12 + $13) / ticks * 1e6 / (events * seconds) }' "/proc/$node/stat")
  spans=$(curl -s "http://$admin/metrics" |
    awk '/^carillon_spans_sent_total/ {s = $2} /^carillon_spans_dropped_total/ {d = $2} END {printf "{\"sent\":%d,\"dropped\":%d}", s, d}')
  kill "$node"
  wait "$node" || true
}

for batch in 1 100; do
  for round in $(seq "$rounds"); do
    order="without with"
    [ $((round % 2)) -eq 1 ] || order="with without"
    for kind in $order; do
      if [ "$kind" = with ]; then
        rate "$batch" --otlp-endpoint "http://127.0.0.1:$taking" --otlp-sample-ratio "$ratio"
        with=$figure with_us=$spent with_spans=$spans
      else
        rate "$batch"
        without=$figure without_us=$spent
      fi
    done
    rate "$batch" --otlp-endpoint "http://127.0.0.1:$hanging" --otlp-sample-ratio "$ratio"
    echo "{\"bench\":\"trace_cost\",\"batch\":$batch,\"round\":$round,\"without\":$without,\"without_us\":$without_us,\"with\":$with,\"with_us\":$with_us,\"spans\":$with_spans,\"hanging\":$figure,\"hanging_spans\":$spans}" |
      tee -a "$scratch/rounds"
  done
done
python3 - "$scratch/rounds" "$ratio" <<'END'
import json, statistics, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
for batch in sorted({x["batch"] for x in rows}):
    of = [x for x in rows if x["batch"] == batch]
    print(json.dumps({"bench": "trace_cost", "batch": batch, "ratio": float(sys.argv[2]),
                      "with/without": round(statistics.median(x["with"] / x["without"] for x in of), 4),
                      "node time with/without": round(statistics.median(x["with_us"] / x["without_us"] for x in of), 4),
                      "hanging/without": round(statistics.median(x["hanging"] / x["without"] for x in of), 4)}))
END
