#!/usr/bin/env bash
# image.sh CARILLON.deb OUTPUT_DIR: makes OUTPUT_DIR/carillon-VERSION-oci.tar, an OCI image with the tag
# VERSION, of the package and what it depends on. No daemon is needed; root is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deb=$(realpath "$1")
mkdir -p "$2"
output=$(realpath "$2")
version=$(dpkg-deb -f "$deb" Version)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The libraries of the package; who runs an image needs no files for systemd.
libraries=$(dpkg-deb -f "$deb" Depends | tr ',' '\n' | grep -v '|' | sed 's/^ *//; s/ .*//' | paste -sd,)
# Nothing but these packages: no shell, no package manager.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date +%s)} mmdebstrap --quiet --mode=root --variant=extract \
  --include="$libraries,curl,ca-certificates,fonts-dejavu-core" bookworm "$work/root.tar"
mkdir "$work/root"
tar --extract --file "$work/root.tar" --directory "$work/root"
"$here/image_files.sh" "$work/root" "$deb"

# A container listens on its own addresses; whoever publishes its ports decides who reaches them.
image=$work/image:$version
umoci init --layout "$work/image"
umoci new --image "$image"
umoci insert --image "$image" "$work/root" /
umoci config --image "$image" --architecture amd64 --os linux \
  --config.user 10001:10001 --config.volume /data --config.workingdir /data \
  --config.exposedports 7070/tcp --config.exposedports 7071/tcp \
  --config.env CARILLON_DATA_DIR=/data --config.env CARILLON_LISTEN=0.0.0.0:7070 \
  --config.env CARILLON_ADMIN_LISTEN=0.0.0.0:7071 --config.env CARILLON_INSECURE=true --config.env PATH=/usr/bin \
  --config.entrypoint /usr/bin/carillon --config.cmd serve --config.stopsignal SIGTERM \
  --config.label org.opencontainers.image.title=carillon \
  --config.label "org.opencontainers.image.version=$version" \
  --config.label org.opencontainers.image.licenses=Apache-2.0
python3 "$here/image_health.py" "$work/image"
umoci gc --layout "$work/image"
tar --create --sort=name --owner=0 --group=0 --numeric-owner --directory "$work/image" \
  --file "$output/carillon-$version-oci.tar" .
echo "$output/carillon-$version-oci.tar"
