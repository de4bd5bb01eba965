#!/bin/sh
# image_files.sh ROOT CARILLON.deb: what the packages of an image do not have, since none of their
# scripts runs: the user, its directory, the certificates as one file. And without what a node does not read.
set -eu
root=$1
dpkg-deb -x "$2" "$root"
echo 'carillon:x:10001:10001:Carillon:/data:/usr/sbin/nologin' >>"$root/etc/passwd"
echo 'carillon:x:10001:' >>"$root/etc/group"
mkdir -p "$root/data" "$root/tmp" "$root/etc/ssl/certs"
chown 10001:10001 "$root/data"
chmod 0700 "$root/data"
chmod 1777 "$root/tmp"
cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
rm -rf "$root/etc/carillon" "$root/usr/share/man" "$root/usr/share/locale" "$root/usr/share/info" \
  "$root/usr/share/bash-completion" "$root/usr/share/fish" "$root/usr/share/zsh" "$root/usr/share/carillon" \
  "$root/usr/lib/systemd" "$root/usr/lib/sysusers.d" "$root/usr/lib/tmpfiles.d" \
  "$root/var/cache/apt" "$root/var/lib/apt" "$root/usr/share/perl5" "$root/usr/lib/x86_64-linux-gnu/perl-base"
rm -f "$root/usr/bin/c_rehash" "$root"/usr/bin/debconf* "$root"/usr/bin/perl*
# Of these a container gets its own.
rm -rf "$root"/dev/* "$root/etc/hostname" "$root/etc/resolv.conf" "$root/etc/fstab"
# Of the documents the licences stay.
find "$root/usr/share/doc" ! -type d ! -name copyright -delete
find "$root/usr/share/doc" -type d -empty -delete
