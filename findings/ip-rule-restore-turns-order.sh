#!/usr/bin/env bash
# `ip rule restore` puts a saved rule of preference 0 behind the others, so that another routing table is asked first.
#
# Guessed: restored in a new network namespace, rules are asked in the order in which they were saved; those that every namespace begins with may
#          be there twice.
# What happens: the kernel leaves a preference of 0 out of what it tells, so save has none for such rules, and restore lets the kernel choose: just
#          before "lookup main". A rule of preference 0 that went before one of 100 goes after it; "lookup local" is there a second time
#          at the end. Exit code 0. After `ip rule flush` the order stays, because the kernel then chooses 0 again. iproute2 6.1 and 6.15.
# Affected: scripts that save a node's policy routing and restore it, at the next boot or elsewhere: what is put before everything, traffic with a
#          mark say, goes by the wrong table, and no message says so.
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
host=order$$
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

rules() { on rule show | tr -s '\t ' ' ' | paste -sd';'; }
route() { on route get 203.0.113.1 mark 1 | grep -o 'via [^ ]*'; }
fresh() { # a namespace with the routes of two tables
  ip netns del "$host" 2>/dev/null || true
  ip netns add "$host"
  on link set lo up
  on link add up0 type veth peer name up1
  on link set up0 up
  on link set up1 up
  on address add 198.51.100.1/24 dev up0
  on route add default via 198.51.100.7 table 7
  on route add default via 198.51.100.8 table 8
}
fresh
on rule add pref 0 fwmark 1 lookup 7
on rule add pref 100 lookup 8
before=$(route)
saved=$(rules)
on rule save >"$folder/rules"
echo "saved: $saved"
echo "  a marked packet goes $before"
fresh
code=0
on rule restore <"$folder/rules" || code=$?
after=$(route)
restored=$(rules)
echo "restored: exit code $code, $restored"
echo "  a marked packet goes $after"
fresh
on rule flush
on rule restore <"$folder/rules"
flushed=$(route)
echo "flushed and restored: $(rules)"
echo "  a marked packet goes $flushed"
[[ "$before $code $after $flushed" == 'via 198.51.100.7 0 via 198.51.100.8 via 198.51.100.7' && $saved == *'0: from all fwmark 0x1 lookup 7;100: '* &&
  $restored == *'100: from all lookup 8;'*'fwmark 0x1 lookup 7;'* ]] || { echo "not so any more" >&2; exit 1; }
