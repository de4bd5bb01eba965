#!/usr/bin/env bash
# manual_test.sh DIR: the man pages in DIR/man are valid, there is one for each command, and each has every
# option of DIR/describe.json.
set -euo pipefail
directory=$1
failed=0
shopt -s nullglob
pages=("$directory"/man/*.1)
[ "${#pages[@]}" -gt 15 ] || { echo 'there are hardly any pages' >&2; exit 1; }
for page in "${pages[@]}"; do
  complaints=$(LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
  if [ -n "$complaints" ]; then
    echo "$page: $complaints" >&2
    failed=1
  fi
done
python3 - "$directory" <<'PY' || failed=1
import json, pathlib, sys
directory = pathlib.Path(sys.argv[1])
root = json.loads((directory / "describe.json").read_text())

def options(command):
    yield from (n for x in command["options"] for n in x["names"])
    for below in command["commands"]:
        yield from options(below)

missing = []
for command in root["commands"]:
    path = directory / "man" / f"carillon-{command['name']}.1"
    text = path.read_text().replace("\\-", "-") if path.exists() else ""
    missing += [f"{path.name}: {n}" for n in options(command) if f"\\fB{n}\\fR" not in text]
print("\n".join(missing))
sys.exit(bool(missing))
PY
[ "$failed" -eq 0 ] && echo "manual: ${#pages[@]} pages"
exit "$failed"
