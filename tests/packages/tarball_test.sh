#!/usr/bin/env bash
# tarball_test.sh CARILLON.tar.gz SUITE: unpacks it into a bare chroot of that Debian, and runs a node.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
tarball=$1 suite=$2
root=$work/$suite
chroot_of "$suite" "$root"
mkdir "$root/opt/here"
tar --extract --file "$tarball" --directory "$root/opt/here"
folder=$(basename "$tarball" .tar.gz)

# Each library beside the binary has its licence, and nothing but the C library is the system's.
for library in "$root/opt/here/$folder"/lib/*; do
  [ -s "$library" ] || fail "$library is empty"
done
[ -s "$root/opt/here/$folder/licences/libcaf-core0.17/copyright" ] || fail 'a licence is missing'
"${in_chroot[@]}" "$root" ldd "/opt/here/$folder/bin/carillon" >"$work/ldd"
if grep 'not found' "$work/ldd"; then fail 'a library is missing'; fi
if grep '=> /' "$work/ldd" | grep -vE " /opt/here/$folder/|/lib(c|m|resolv|pthread|dl|rt)\.so|/ld-linux"; then
  fail 'a library comes from the system'
fi

# It runs wherever it lies.
mv "$root/opt/here" "$root/opt/there"
start_node "$work/log" "${in_chroot[@]}" "$root" "/opt/there/$folder/bin/carillon" serve --dev --data-dir /data \
  --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0
publish '' e-1 | grep -q '"seq":1' || fail 'the event was not stored'
"${in_chroot[@]}" "$root" "/opt/there/$folder/bin/carillon" stats --admin-url "$admin_url" | grep -q 'user.login *1' \
  || fail 'the event is not counted'
stop_node || fail 'the node did not stop in order'
echo "tarball: runs in $suite"
