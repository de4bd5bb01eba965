#!/usr/bin/env bash
# install.sh DIR: the libraries of package-lock.json in DIR, once for each content of it, with Prisma's client, and the npm package
# beside them as an application has it: what it imports is found there. Run by ctest after npm_packages, never by a build.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
package=$source/../../../clients/typescript
[ -d "$package/dist" ] || exit 77
mkdir -p "$1"
cd "$1"
exec 9>.lock
flock 9
if ! cmp -s "$source/package-lock.json" .installed || ! cmp -s "$source/schema.prisma" schema.prisma; then
  cp "$source/package.json" "$source/package-lock.json" "$source/schema.prisma" .
  npm ci --ignore-scripts --no-audit --no-fund
  # The engine that migrates schemas is not on npm; the CLI wants the file, and generating does not run it.
  PRISMA_SCHEMA_ENGINE_BINARY=/bin/true CHECKPOINT_DISABLE=1 npx --no-install prisma generate --schema schema.prisma
  cp package-lock.json .installed
fi
rm -rf node_modules/carillon
mkdir node_modules/carillon
cp -r "$package/dist" "$package/package.json" node_modules/carillon
cp "$source/adapters_test.mjs" "$source/typed.ts" .
