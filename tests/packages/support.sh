# Sourced by the tests of packages: a working directory, chroots, and a node in one of them.
set -euo pipefail

fail() {
  echo "$*" >&2
  exit 1
}

[ "$(id -u)" -eq 0 ] || fail 'chroots need root'
for program in mmdebstrap umoci lintian patchelf curl; do
  command -v "$program" >/dev/null || fail "$program is not installed: ./dev package installs it"
done

work=$(mktemp -d)
node=
mounts=()

# mount_proc ROOT
mount_proc() {
  mkdir -p "$1/proc"
  mount -t proc proc "$1/proc"
  mounts+=("$1/proc")
}

cleanup() {
  stop_node >/dev/null 2>&1 || true
  local mounted
  for mounted in "${mounts[@]}"; do umount "$mounted" || umount --lazy "$mounted"; done
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

# chroot_of SUITE DIR: a bare Debian, made once for all tests of a build.
chroot_of() {
  local cache=${CARILLON_CHROOTS:-/tmp/carillon-chroots}
  mkdir -p "$cache" "$2"
  (
    flock 9
    if [ ! -e "$cache/$1.tar" ]; then
      # The ending tells mmdebstrap what to make.
      mmdebstrap --quiet --mode=root --variant=minbase "$1" "$cache/new-$1.tar"
      mv "$cache/new-$1.tar" "$cache/$1.tar"
    fi
  ) 9>"$cache/$1.lock"
  tar --extract --file "$cache/$1.tar" --directory "$2"
  mount_proc "$2"
}

# "${in_chroot[@]}" DIR COMMAND...: no function, so that a signal to its process reaches the command.
in_chroot=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot)

# start_node LOG PROGRAM...: starts a node and waits until it tells its ports; sets data_url and admin_url.
start_node() {
  local log=$1 line=
  shift
  mkfifo "$work/output"
  "$@" >"$work/output" 2>"$log" &
  node=$!
  exec 8<"$work/output"
  rm "$work/output"
  while read -r -t 60 -u 8 line; do
    case $line in "ready "*) break ;; esac
  done
  case $line in
    "ready "*) ;;
    *) cat "$log" >&2; fail 'the node did not get ready' ;;
  esac
  data_url=http://$(sed 's/.*data=\([^ ]*\).*/\1/' <<<"$line")
  admin_url=http://$(sed 's/.*admin=\([^ ]*\).*/\1/' <<<"$line")
}

# publish KEY ID: publishes one event; prints the answer.
publish() {
  curl --silent --fail --max-time 10 "$data_url/api/events" -H 'Content-Type: application/json' \
    ${1:+-H "Authorization: Bearer $1"} \
    -d "{\"type\":\"user.login\",\"id\":\"$2\",\"userId\":\"u-1\",\"data\":{\"ip\":\"192.0.2.1\",\"userAgent\":\"x\"}}"
}

# stop_node: stops it in order; its exit code.
stop_node() {
  local code=0
  if [ -z "$node" ]; then return 0; fi
  kill -TERM "$node"
  wait "$node" || code=$?
  node=
  exec 8<&-
  return "$code"
}

# debian_with PACKAGES_DIR: a bare Debian 12 in $root, with the packages in /packages, not installed.
debian_with() {
  root=$work/bookworm
  chroot_of bookworm "$root"
  # No service is started in a chroot.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  mkdir "$root/packages"
  cp "$1"/*.deb "$root/packages"
  inside apt-get update -qq
}

# inside COMMAND...: in $root.
inside() { "${in_chroot[@]}" "$root" "$@"; }

# install PACKAGE...: in $root; from a file if it is a path.
install() {
  inside apt-get install -y -qq --no-install-recommends "$@" >"$work/apt" 2>&1 || {
    cat "$work/apt"
    fail "cannot install $*"
  }
}
