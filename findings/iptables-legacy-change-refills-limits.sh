#!/usr/bin/env bash
# With iptables-legacy, any change to a table refills the limits and quotas of all its other rules.
#
# Guessed: a rule added to INPUT leaves what the rules of OUTPUT remember (limit's bucket, quota's bytes, statistic's place in its count)
#          alone, as it leaves their packet counters alone.
# What happens: iptables-legacy reads the table, and writes all of it back: the kernel creates each rule again, with a full bucket, a full
#          quota and a count that begins again. Packet counters are carried over, hashlimit's buckets and recent's lists are found again by
#          their names. iptables-restore --noflush does the same; iptables-nft leaves other rules alone. 1.8.9 and 1.8.11.
# Affected:    nodes where something writes rules every few seconds, kube-proxy in iptables mode on a legacy host for one: a LOG of one line a
#          minute becomes one for each change, a limit on connections limits no client, a quota is never used up.
#
# Takes root, Debian 12 or 13 with apt, a kernel with ip_tables, python3. Five seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(iptables=1.8.9-2 libxtables12=1.8.9-2 libip4tc2=1.8.9-2 libip6tc2=1.8.9-2 libnftnl11=1.2.4-2 libmnl0=1.0.4-3) ;;
  trixie) packages=(iptables=1.8.11-2 libxtables12=1.8.11-2 libip4tc2=1.8.11-2 libip6tc2=1.8.11-2 libnftnl11=1.2.9-1 libmnl0=1.0.5-3) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=refill$$
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
extensions=$(dirname "$(find "$folder/pkg" -name libxt_tcp.so)")
on() { # program of the packages, argument...
  ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" XTABLES_LIBDIR="$extensions" XTABLES_LOCKFILE="$folder/lock" \
    "$folder/pkg/usr/sbin/$1" "${@:2}"
}
ip netns add "$host"
ip -n "$host" link set lo up

# Eight datagrams to each of four ports: which of them pass (+), and which are refused (-).
send() {
  ip netns exec "$host" python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def sent(port):
    try:
        s.sendto(bytes(272), ("127.0.0.1", port))
        return "+"
    except PermissionError:
        return "-"
print(*(name + " " + "".join(sent(port) for _ in range(8)) for port, name in enumerate(("limit", "quota", "nth", "hashlimit"), 9)))'
}

result=0
expect() { # what, what is expected
  local seen
  seen=$(send)
  printf '  %-28s %s\n' "$1" "$seen"
  [[ $seen == "$2" ]] || { echo "not so any more: $2 was expected" >&2; result=1; }
}
fresh='limit +++----- quota +++----- nth ---+---- hashlimit +++-----'
used='limit -------- quota -------- nth -------- hashlimit --------'
refilled='limit +++----- quota +++----- nth ---+---- hashlimit --------'
uname -sr
for variant in legacy nft; do
  on "iptables-$variant" --version
  on "iptables-$variant" -A OUTPUT -p udp --dport 9 -m limit --limit 1/hour --limit-burst 3 -j ACCEPT
  on "iptables-$variant" -A OUTPUT -p udp --dport 10 -m quota --quota 900 -j ACCEPT
  on "iptables-$variant" -A OUTPUT -p udp --dport 11 -m statistic --mode nth --every 1000 --packet 3 -j ACCEPT
  on "iptables-$variant" -A OUTPUT -p udp --dport 12 -m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 3 --hashlimit-name "$variant" -j ACCEPT
  on "iptables-$variant" -A OUTPUT -p udp --dport 9:12 -j DROP
  [[ $variant == legacy ]] && after=$refilled || after=$used
  expect 'at first' "$fresh"
  expect 'again' "$used"
  on "iptables-$variant" -A INPUT -s 192.0.2.1
  expect 'after a rule for INPUT' "$after"
  printf '*filter\n:OTHER - [0:0]\n-A OTHER -s 192.0.2.1\nCOMMIT\n' | on "iptables-$variant-restore" --noflush
  expect 'after a restore of OTHER' "$after"
  on "iptables-$variant" -F
done
exit $result
