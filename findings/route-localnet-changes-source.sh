#!/usr/bin/env bash
# With route_localnet=1 a node's own connections over routes to lo come from 127.0.0.1, from the next change of any address on.
#
# Guessed: route_localnet lets packets to and from 127.0.0.0/8 be routed; which source address the kernel chooses stays as it was.
# What happens: for a route to `lo` without a source (`src`), the kernel takes the first address of lo whose scope is small enough. The setting lowers
#          the scope that counts for 127.0.0.1 from host to link, and 127.0.0.1 is the first. The choice is remembered with the route until
#          an address of the host changes, so nothing happens when the setting is written: the source changes minutes or days later, when
#          an unrelated address is added. Linux 6.18; IPv4 only.
# Affected: nodes with kube-proxy in iptables mode, which sets `net.ipv4.conf.all.route_localnet`, that route a range to lo (anycast addresses, ranges
#          announced by BGP): their own connections to it arrive from 127.0.0.1, past rules that allow the node's address. A route with
#          `src` is not affected.
#
# Takes root, Debian 12 or 13 with apt. Five seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(iproute2=6.1.0-3 libbpf1=1:1.1.2-0+deb12u1 libmnl0=1.0.4-3) ;;
  trixie) packages=(iproute2=6.15.0-1 libbpf1=1:1.5.0-3 libmnl0=1.0.5-3) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=localnet$$
# shellcheck disable=SC2317 # by the trap
cleanup() {
  ip netns del "$host" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
mkdir "$folder/packages"
chmod 755 "$folder"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/pkg"; done
libraries=$(find "$folder/pkg" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)
program=$(find "$folder/pkg" -path '*bin/ip' -type f)
on() { ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" "$program" "$@"; }

"$program" -V
uname -sr

source_to() { on route get "$1" | grep -o 'src [^ ]*' | cut -d' ' -f2; }
ip netns add "$host"
on link set lo up
on address add 192.0.2.7/32 dev lo
on route add 198.51.100.0/24 dev lo
on route add 203.0.113.0/24 dev lo src 192.0.2.7
before=$(source_to 198.51.100.1)
ip netns exec "$host" sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet'
after=$(source_to 198.51.100.1)
on link add other type veth peer name another
on address add 192.0.2.99/32 dev other
later=$(source_to 198.51.100.1)
named=$(source_to 203.0.113.1)

echo "source before: $before; with route_localnet: $after; after an address of another interface was added: $later"
echo "by a route that names its source: $named"
if [[ $before/$after/$later/$named == 192.0.2.7/192.0.2.7/127.0.0.1/192.0.2.7 ]]; then
  echo "as described: the source becomes 127.0.0.1 at the next change of an address"
else
  echo "not as described any more" >&2
  exit 1
fi
