#!/usr/bin/env bash
# schedules.sh BINARY [SCHEDULES [STORE]]: processor time of an idle node, without schedules and with 10,000 that are not due.
# STORE is a URL as of --store; else its own files. Ends with 1 if the schedules cost 1 % of a processor or more.
set -euo pipefail
binary=${1:?the binary of the node} count=${2:-10000} store=${3:-}
directory=$(mktemp -d)
"$binary" serve --dev --accept-unknown-types --data-dir "$directory/data" --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 \
  ${store:+--store "$store"} >"$directory/log" 2>&1 &
node=$!
trap 'kill $node; wait $node || true; rm -rf "$directory"' EXIT
until grep -q '^ready' "$directory/log"; do
  kill -0 $node || { cat "$directory/log" >&2; exit 1; }
  sleep 0.1
done
admin=$(sed -n 's/^ready.* admin=\(\S*\).*/\1/p' "$directory/log")

# Hundredths of a percent of one processor, over 60 s.
idle() {
  local before after
  before=$(awk '{print $14 + $15}' "/proc/$node/stat")
  sleep 60
  after=$(awk '{print $14 + $15}' "/proc/$node/stat")
  echo $(((after - before) * 10000 / $(getconf CLK_TCK) / 60))
}
percent() { awk -v x="$1" 'BEGIN { printf "%.2f %%\n", x / 100 }'; }

sleep 5
without=$(idle)
echo "without schedules: $(percent "$without")"
# A pattern of months ahead keeps them from being due.
month=$((10#$(date -u +%m) < 7 ? 12 : 6))
for ((i = 1; i <= count; ++i)); do
  cat <<CALL
next
url = "http://$admin/api/schedules/s$i?companyId=c-$i"
request = PUT
silent
show-error
fail
output = /dev/null
header = "Content-Type: application/json"
data = "{\"cron\": \"$((i % 60)) $((i % 24)) 1 $month *\", \"event\": {\"type\": \"bench.tick\"}}"
CALL
done >"$directory/calls"
# Only of the last call curl tells whether it failed.
curl --config "$directory/calls" 2>"$directory/faults" || true
if [ -s "$directory/faults" ]; then
  head -5 "$directory/faults" >&2
  exit 1
fi
sleep 5
with=$(idle)
echo "with $count schedules: $(percent "$with"), $(percent $((with - without))) more"
[ $((with - without)) -lt 100 ]
