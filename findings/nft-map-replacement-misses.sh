#!/usr/bin/env bash
# A map with ranges that is deleted and created again in one nftables transaction has nothing in it for a moment.
#
# One would expect: "everything in a transaction happens at once": a packet is looked up in the old map or the new one, which say the
#                   same here, and is translated by it.
# What happens:     while such a transaction is committed, some packets find no element in either. They are the first of
#                   their connections, so connection tracking keeps "nothing was decided": later packets of the same
#                   connection are not translated either, retransmissions included. With the map kept and its contents
#                   replaced (flush and add) in the same kind of transaction none was seen to be missed.
# Affected:         hosts that load NAT rules as "delete table, then the whole table again", the usual way to reload a file
#                   with nft -f: one client in some thousands hangs until its connection's entry expires.
#
# Takes root, Debian 12 or 13 with apt. A minute at most, mostly.
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
prefix=miss$$
# shellcheck disable=SC2317 # by the trap
cleanup() {
  for host in client server; do ip netns del "$prefix$host" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap cleanup EXIT
mkdir "$folder/packages"
chmod 755 "$folder"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/pkg"; done
libraries=$(find "$folder/pkg" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)

on() { # host, command
  local host=$1
  shift
  ip netns exec "$prefix$host" "$@"
}
nft() { on client env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/nft" "$@"; }
for host in client server; do ip netns add "$prefix$host"; done
on client ip link add eth0 type veth peer name eth0 netns "${prefix}server"
on client ip address add 192.0.2.1/24 dev eth0
on server ip address add 192.0.2.2/24 dev eth0
on client ip link set eth0 up
on server ip link set eth0 up
on client ip route add 198.51.100.0/24 via 192.0.2.2
nft --version
uname -sr

# Counts what leaves for the virtual address itself.
nft -f - <<'WATCH'
table ip watch {
  counter missed { }
  chain leaving {
    type filter hook postrouting priority 0;
    ip daddr 198.51.100.0/24 counter name missed
  }
}
WATCH

contents='
table ip nat {
  map services {
    type ipv4_addr . inet_service : verdict
    flags interval
    elements = { 198.51.100.0/24 . 1-60000 : goto service }
  }
  chain service {
    meta l4proto udp dnat to 192.0.2.2:9
  }
  chain output {
    type nat hook output priority -100;
    ip daddr . th dport vmap @services
  }
}'
printf 'table ip nat\ndelete table ip nat\n%s\n' "$contents" >"$folder/replaced.nft"
printf '%s\nflush table ip nat\nflush map ip nat services\n%s\n' \
  'table ip nat {
    map services {
      type ipv4_addr . inet_service : verdict
      flags interval
    }
    chain service { }
    chain output {
      type nat hook output priority -100;
    }
  }' "$contents" >"$folder/kept.nft"

missed() {
  nft list counter ip watch missed | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}
try() { # file, at most so many transactions, but no more once one was missed; prints how many were not translated
  local before transactions=0 sender
  nft -f "$folder/$1.nft"
  before=$(missed)
  # Each datagram has a socket of its own, so each is the first of its connection.
  # shellcheck disable=SC2016 # the inner shell's
  ip netns exec "${prefix}client" timeout 300 bash -c 'for ((i = 0; ; i++)); do
    printf x >/dev/udp/198.51.100.$((i % 254 + 1))/$((i % 50000 + 1)); done' >/dev/null 2>&1 &
  sender=$!
  while ((transactions < $2)) && { ((transactions % 50 != 0)) || (($(missed) == before)); }; do
    nft -f "$folder/$1.nft"
    transactions=$((transactions + 1))
  done
  kill "$sender"
  wait "$sender" || true
  echo "# map $1 in $transactions transactions: $(($(missed) - before)) datagrams were not translated" >&2
  echo $(($(missed) - before))
}
replaced=$(try replaced 2000)
kept=$(try kept 500)
((replaced > 0)) || { echo "not so any more: none was missed while the map was created again" >&2; exit 1; }
((kept == 0)) || { echo "not so any more: some were missed although the map was kept" >&2; exit 1; }
