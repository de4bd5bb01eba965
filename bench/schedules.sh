#!/usr/bin/env bash
# schedules.sh BINARY [SCHEDULES]: processor time of an idle node, without schedules and with 10,000 that are not due.
set -euo pipefail
binary=${1:?the binary of the node} count=${2:-10000}
directory=$(mktemp -d)
"$binary" serve --dev --accept-unknown-types --data-dir "$directory/data" --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 >"$directory/log" 2>&1 &
node=$!
trap 'kill $node; wait $node || true; rm -rf "$directory"' EXIT
until grep -q '^ready' "$directory/log"; do sleep 0.1; done
admin=$(sed -n 's/^ready.* admin=\(\S*\).*/\1/p' "$directory/log")

# Percent of one processor, over 30 s.
idle() {
  local before after
  before=$(awk '{print $14 + $15}' "/proc/$node/stat")
  sleep 30
  after=$(awk '{print $14 + $15}' "/proc/$node/stat")
  awk -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f %%\n", 100 * t / hz / 30 }'
}

echo "without schedules: $(idle)"
# The yearly pattern keeps them from being due.
seq "$count" | sed "s|.*|next\nurl = \"http://$admin/api/schedules/s&?companyId=c-&\"\nrequest = PUT\nsilent\noutput = /dev/null\ndata = \"{\\\\\"cron\\\\\": \\\\\"0 0 1 1 *\\\\\", \\\\\"event\\\\\": {\\\\\"type\\\\\": \\\\\"bench.tick\\\\\"}}\"|" >"$directory/calls"
curl --config "$directory/calls"
sleep 5
echo "with $count schedules: $(idle)"
