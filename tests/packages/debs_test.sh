#!/usr/bin/env bash
# debs_test.sh PACKAGES_DIR: lintian; then installs, starts, upgrades, removes and purges the packages in a
# bare Debian 12.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
packages=$1
version=$(dpkg-deb -f "$packages"/carillon_*.deb Version)

lintian --fail-on error --allow-root "$packages"/*.deb || fail 'lintian found errors'

debian_with "$packages"
# The same with a higher version, to upgrade to.
dpkg-deb -R "$packages"/carillon_*.deb "$work/next"
sed -i "s/^Version: .*/Version: $version+next/" "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/next" "$root/packages/next.deb" >/dev/null

# start: as the unit does it; but on ports of its own.
start() {
  start_node "$work/log" "${in_chroot[@]}" --userspec=carillon:carillon "$root" /usr/bin/carillon serve \
    --config /etc/carillon/carillon.toml --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0
}

echo '== install'
install "/packages/$(basename "$packages"/carillon_*.deb)"
inside id carillon >/dev/null || fail 'there is no user carillon'
[ "$(inside stat -c '%U %a' /var/lib/carillon)" = 'carillon 700' ] || fail 'the data directory is not its own'
[ "$(inside stat -c '%U:%G %a' /etc/carillon/admin.key)" = 'root:carillon 640' ] || fail 'the key can be read'
inside systemd-analyze verify --man=no /usr/lib/systemd/system/carillon.service || fail 'the unit is wrong'
inside systemd-analyze security --offline=true --threshold=20 /usr/lib/systemd/system/carillon.service \
  >/dev/null || fail 'the unit is less hardened than it was'
for path in share/man/man1/carillon.1.gz share/man/man1/carillon-serve.1.gz \
  share/bash-completion/completions/carillon share/zsh/vendor-completions/_carillon \
  share/fish/vendor_completions.d/carillon.fish \
  share/carillon/prometheus/carillon.rules.yml share/carillon/grafana/carillon.json; do
  # minbase leaves no documents out.
  [ -s "$root/usr/$path" ] || fail "/usr/$path is missing"
done

echo '== start'
key=$(<"$root/etc/carillon/admin.key")
start
publish "$key" e-1 | grep -q '"seq":1' || fail 'the event was not stored'
if publish ck_wrong e-2 >/dev/null; then fail 'a wrong key publishes'; fi
if grep -q "$key" "$work/log"; then fail 'the log contains the key'; fi
stop_node || fail 'the node did not stop in order'

echo '== upgrade'
echo '# mine' >>"$root/etc/carillon/carillon.toml"
install /packages/next.deb
[ "$(inside dpkg-query -W -f '${Version}' carillon)" = "$version+next" ] || fail 'it is not upgraded'
grep -q '# mine' "$root/etc/carillon/carillon.toml" || fail 'the configuration of the operator is lost'
[ "$(<"$root/etc/carillon/admin.key")" = "$key" ] || fail 'the key changed'
start
publish "$key" e-1 | grep -q '"duplicate":true' || fail 'the event is lost'
stop_node || fail 'the node did not stop in order'

echo '== remove and purge'
inside apt-get remove -y -qq carillon >/dev/null 2>&1
[ -s "$root/etc/carillon/carillon.toml" ] || fail 'a removal takes the configuration'
[ -s "$root/var/lib/carillon/log/00000000000000000001.seg" ] || fail 'a removal takes the events'
inside dpkg --purge carillon >"$work/purge" 2>&1
grep -q 'with its events is kept' "$work/purge" || fail 'a purge does not tell of the events'
[ ! -e "$root/etc/carillon" ] || fail 'a purge leaves the configuration'
[ -s "$root/var/lib/carillon/log/00000000000000000001.seg" ] || fail 'a purge takes the events'
rm -rf "$root/var/lib/carillon"
install "/packages/$(basename "$packages"/carillon_*.deb)"
inside dpkg --purge carillon >/dev/null 2>&1
[ ! -e "$root/var/lib/carillon" ] || fail 'a purge leaves an empty data directory'
echo 'packages: installed, started, upgraded, removed and purged'
