#!/usr/bin/env bash
# library_test.sh PACKAGES_DIR: in a bare Debian 12 with libcarillon-dev, a program of a few lines is built by
# CMake and by pkg-config, and runs.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
packages=$1
debian_with "$packages"

install "/packages/$(basename "$packages"/libcarillon0_*.deb)" \
  "/packages/$(basename "$packages"/libcarillon-dev_*.deb)"
nm -D --defined-only "$root"/usr/lib/x86_64-linux-gnu/libcarillon.so.0 | awk '{print $3}' | sed 's/@.*//' >"$work/exports"
[ "$(wc -l <"$work/exports")" -gt 100 ] || fail 'the library exports next to nothing'
if grep -v '8carillon' "$work/exports"; then fail 'these are not symbols of carillon'; fi
inside ldconfig -p | grep -q 'libcarillon.so.0 ' || fail 'the loader does not know the library'
install g++ cmake pkg-config make
mkdir "$root/app"
cp "$(dirname "${BASH_SOURCE[0]}")"/app/* "$root/app"
inside cmake -S /app -B /app/build >/dev/null
inside cmake --build /app/build >/dev/null
[ "$(inside /app/build/app /app/data)" = 'stored 1' ] || fail 'the application does not run'
# shellcheck disable=SC2016 # inside
inside sh -c 'g++ -std=c++20 /app/main.cpp -o /app/app2 $(pkg-config --cflags --libs carillon)'
[ "$(inside /app/app2 /app/data2)" = 'stored 1' ] || fail 'the application by pkg-config does not run'

echo 'library: linked by CMake and by pkg-config'
