#!/usr/bin/env bash
# tarball.sh BUILD_DIR OUTPUT_DIR: makes OUTPUT_DIR/carillon-VERSION-linux-x64.tar.gz of an installed build.
# It runs where it is unpacked: the shared libraries are beside the binary, all but the C library of the
# system, which has to be that of Debian 12 (glibc 2.36) or newer.
set -euo pipefail
build=$(realpath "$1")
mkdir -p "$2"
output=$(realpath "$2")
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")
name=carillon-$version-linux-x64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/$name

DESTDIR=$work/installed cmake --install "$build" --component carillon >/dev/null
mkdir -p "$tree/lib" "$tree/licences/carillon" "$tree/etc"
cp -a "$work/installed/usr/bin" "$work/installed/usr/share" "$tree"
rm -r "$tree/share/doc"
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cp "$source"/{LICENSE,README.md,CHANGELOG.md} "$tree"
cp "$source/LICENSE" "$tree/licences/carillon/copyright"
# Paths of this tree are those of whoever unpacks it.
sed -e 's/^\(data-dir\|admin-key-file\) = /#&/' "$work/installed/etc/carillon/carillon.toml" \
  >"$tree/etc/carillon.toml"

# The package of a file, which dpkg knows by its path before or after /usr was merged.
package_of() {
  local path
  path=$(realpath "$1")
  dpkg-query -S "$path" 2>/dev/null || dpkg-query -S "${path#/usr}"
}

while read -r library path; do
  package=$(package_of "$path")
  package=${package%%:*}
  if [ "$package" = libc6 ]; then continue; fi
  cp -L "$path" "$tree/lib/$library"
  mkdir -p "$tree/licences/$package"
  cp -L "/usr/share/doc/$package/copyright" "$tree/licences/$package/copyright"
done < <(ldd "$tree/bin/carillon" | awk '$2 == "=>" { if ($3 == "not") exit 1; print $1, $3 }')

strip "$tree/bin/carillon"
# Of the old kind, which counts for the libraries of libraries as well.
patchelf --force-rpath --set-rpath "\$ORIGIN/../lib" "$tree/bin/carillon"
chmod -R u=rwX,go=rX "$tree"
tar --create --gzip --sort=name --owner=0 --group=0 --numeric-owner \
  --mtime="@${SOURCE_DATE_EPOCH:-$(date +%s)}" --directory "$work" --file "$output/$name.tar.gz" "$name"
echo "$output/$name.tar.gz"
