#!/usr/bin/env bash
# `nft get element` of nft 1.0.6 tells of a map with ranges only the first address of the range that was met, as if it were an element of its own.
#
# Guessed: what "get element" prints for an address is the element that holds it, 10.0.0.0/8 : 192.0.2.1, as it does for a set with ranges.
# What happens: for a set it prints 10.0.0.0/8; for a map 10.0.0.0 : 192.0.2.1, and for a verdict map the same, exit code 0. The listing of the
#          same map has the range. 1.0.6; 1.1.3 prints the range.
# Affected:    scripts that ask a map of ranges which entry serves an address, and put back, compare or delete what was printed: 10.0.0.0 alone is no
#          element of that map, and deleting it fails.
#
# Takes root, Debian 12 with apt. Five seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libjansson4=2.14-2
                      libedit2=3.1-20221030-2 libmnl0=1.0.4-3 libbsd0=0.11.7-2 libxtables12=1.8.9-2) ;;
  *) echo "this takes Debian 12" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=get$$
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

ip netns add "$host"
nft() { ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/nft" "$@"; }
nft --version

nft -f - <<'RULES'
table ip t {
  set ranges {
    type ipv4_addr
    flags interval
    elements = { 10.0.0.0/8 }
  }
  map endpoints {
    type ipv4_addr : ipv4_addr
    flags interval
    elements = { 10.0.0.0/8 : 192.0.2.1 }
  }
  map verdicts {
    type ipv4_addr : verdict
    flags interval
    elements = { 10.0.0.0/8 : drop }
  }
}
RULES
result=0
expect() { # what, what is seen, what is expected
  echo "$1: $2"
  [[ $2 == "$3" ]] || { echo "not so any more: $3 was expected" >&2; result=1; }
}
elements() { sed -n 's/.*elements = { \(.*\) }.*/\1/p'; }
expect 'list set' "$(nft list set ip t ranges | elements)" '10.0.0.0/8'
expect 'get element of the set, 10.1.2.3' "$(nft get element ip t ranges '{ 10.1.2.3 }' | elements)" '10.0.0.0/8'
expect 'list map' "$(nft list map ip t endpoints | elements)" '10.0.0.0/8 : 192.0.2.1'
expect 'get element of the map, 10.1.2.3' "$(nft get element ip t endpoints '{ 10.1.2.3 }' | elements)" '10.0.0.0 : 192.0.2.1'
expect 'get element of the verdict map, 10.1.2.3' "$(nft get element ip t verdicts '{ 10.1.2.3 }' | elements)" '10.0.0.0 : drop'
code=0
nft delete element ip t endpoints '{ 10.0.0.0 : 192.0.2.1 }' 2>/dev/null || code=$?
expect 'deleting what was printed, exit code' "$code" 1
exit $result
