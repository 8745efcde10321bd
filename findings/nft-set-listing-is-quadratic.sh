#!/usr/bin/env bash
# Listing an nftables set takes the kernel time that grows with the square of its elements.
#
# One would expect: twice the elements take twice as long, as adding them does.
# What happens:     twice the elements take four times as long from some 100,000 on. A dump comes in messages of some kilobytes, and for each
#                   the kernel walks the set from its beginning, counting past what it told already (nf_tables_dump_set and the set's walk).
#                   The kernel is busy meanwhile for the reader, who waits: seconds at 640,000 elements, minutes at some millions.
# Affected:         "nft list ruleset" in a cron job or a monitoring agent, firewalld and proxies that read back what they wrote.
#
# Takes root, Debian 12 or 13 with apt, and a machine that is not overloaded: it compares CPU time of the kernel, not time on the wall.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libjansson4=2.14-2
                      libedit2=3.1-20221030-2 libmnl0=1.0.4-3 libbsd0=0.11.7-2 libxtables12=1.8.9-2) ;;
  trixie) packages=(nftables=1.1.3-1 libnftables1=1.1.3-1 libnftnl11=1.2.9-1 libjansson4=2.14-2+b3
                    libedit2=3.1-20250104-1 libmnl0=1.0.5-3 libxtables12=1.8.11-2) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=listing$$
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
nft() { ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/nft" "$@"; }
ip netns add "$host"
nft --version
uname -sr

# Milliseconds of the kernel's CPU time for a list of so many elements, and for adding them.
measure() { # elements
  local TIMEFORMAT=%S
  nft 'flush ruleset; add table ip t; add set ip t s { type ipv4_addr; }'
  seq 0 $(($1 - 1)) | awk '
    BEGIN { printf "add element ip t s {" }
    { printf("%s10.%d.%d.%d", NR == 1 ? "" : ",", $1 / 65536, $1 / 256 % 256, $1 % 256) }
    END { print "}" }' >"$folder/elements"
  added=$({ time nft -f "$folder/elements"; } 2>&1 | awk '{ print int($1 * 1000) }')
  listed=$({ time nft list set ip t s >/dev/null; } 2>&1 | awk '{ print int($1 * 1000) }')
  echo "$1 elements: added in $added ms, listed in $listed ms of the kernel's time"
}
measure 160000
few=$listed
measure 640000
echo "four times the elements: $((listed / few)) times the time to list"
[[ $listed -gt $((few * 8)) ]] || { echo "not seen any more" >&2; exit 1; }
