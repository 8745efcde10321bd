#!/usr/bin/env bash
# `ip address restore` goes by the interfaces' numbers: what was saved of one interface is given to another one, under the first one's name.
#
# Guessed: an address that was saved from eth0 is given to eth0, or refused if there is none.
# What happens: the file has the interface's number, and its name as the address's label only. After a boot in which the interfaces come in another
#          order, or in a new network namespace, the address goes to whatever has that number now, exit code 0; `ip address show` lists it
#          there with the other interface's name at the end of the line. IPv6 addresses have no label. iproute2 6.1 and 6.15.
# Affected: scripts that save a node's addresses and restore them at boot: two uplinks change places, and what looks for addresses by label (as
#          virtual addresses eth0:1 are) finds them on the wrong wire.
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
host=index$$
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

fresh() { # interfaces, in the order in which they are made
  ip netns del "$host" 2>/dev/null || true
  ip netns add "$host"
  for interface in "$@"; do on link add "$interface" type veth peer name "$interface-peer"; done
}
addresses() { on -o address show "$1" scope global | grep -oE 'inet6? .*scope global[^\\]*' | sed 's, *$,,' | paste -sd';' || true; }
fresh eth0 eth1
on address add 192.0.2.1/24 dev eth0
on address add 2001:db8::1/64 dev eth0 nodad
on address save >"$folder/addresses"
saved=$(addresses eth0)
echo "saved of eth0: $saved"
fresh eth1 eth0
code=0
on address restore <"$folder/addresses" || code=$?
named=$(addresses eth0)
other=$(addresses eth1)
echo "restored: exit code $code"
echo "  eth0: $named"
echo "  eth1: $other"
[[ $code == 0 && -z $named && $other == "$saved" &&
  $saved == 'inet 192.0.2.1/24 scope global eth0;inet6 2001:db8::1/64 '* ]] || { echo "not so any more" >&2; exit 1; }
