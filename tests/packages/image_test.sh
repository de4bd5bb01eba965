#!/usr/bin/env bash
# image_test.sh CARILLON-oci.tar: unpacks the image and runs it as its configuration says.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
image=$1
most_bytes=$((80 * 1024 * 1024))
mkdir "$work/layout"
tar --extract --file "$image" --directory "$work/layout"
# config MEMBER: a member of the image's configuration.
config() {
  python3 - "$work/layout" "$1" <<'PY'
import json, pathlib, sys
layout, member = pathlib.Path(sys.argv[1]), sys.argv[2]
def blob(d): return json.loads((layout / "blobs" / d["digest"].replace(":", "/")).read_text())
value = blob(blob(json.loads((layout / "index.json").read_text())["manifests"][0])["config"])["config"][member]
print("\n".join(value) if isinstance(value, (list, dict)) else value)
PY
}

user=$(config User)
case $user in 0 | 0:* | root | '') fail "it runs as root: '$user'" ;; esac
config Volumes | grep -qx /data || fail 'there is no volume /data'
python3 - "$work/layout" <<'PY' || fail 'there is no health check'
import json, pathlib, sys
layout = pathlib.Path(sys.argv[1])
assert any("Healthcheck" in x.read_text() for x in layout.glob("blobs/sha256/*") if x.stat().st_size < 20000)
PY

tag=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"])' "$work/layout/index.json")
umoci unpack --image "$work/layout:$tag" "$work/bundle" >/dev/null
root=$work/bundle/rootfs
bytes=$(du --apparent-size --bytes --summarize "$root" | cut -f 1)
[ "$bytes" -le "$most_bytes" ] || fail "the image has $bytes bytes, more than $most_bytes"
if find "$root" -name 'sh' -o -name bash -o -name apt -o -name dpkg | grep -E '/bin/' | grep .; then
  fail 'there is a shell or a package manager'
fi
mount_proc "$root"
mkdir -p "$root/dev"
if [ ! -e "$root/dev/null" ]; then mknod -m 666 "$root/dev/null" c 1 3; fi
mapfile -t variables < <(config Env)
mapfile -t command < <(config Entrypoint; config Cmd)

# Ports of its own, so that it disturbs none of this machine.
start_node "$work/log" env -i "${variables[@]}" "$(command -v chroot)" --userspec="$user" "$root" "${command[@]}" \
  --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --dev
[ "$(stat -c %u "/proc/$node")" = "${user%%:*}" ] || fail 'the node runs as another user'
publish '' e-1 | grep -q '"seq":1' || fail 'the event was not stored'
[ -s "$root/data/log/00000000000000000001.seg" ] || fail 'the log is not in the volume'
chroot --userspec="$user" "$root" /usr/bin/curl --fail --silent --max-time 5 "$admin_url/healthz" >/dev/null \
  || fail 'the program of the health check does not run'
stop_node || fail 'the node did not stop in order'
echo "image: $bytes bytes, runs as $user"
