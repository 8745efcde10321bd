#!/usr/bin/env bash
# A rule that picks from a map of its own, replaced in one nftables transaction, lets some packets through as if it were not there.
#
# Guessed: a transaction is one moment: a packet obeys the old rule or the new one, and either translates it. A chain that
#          stays, with rules flushed and added again, should be safe where a map created again is not.
# What happens: some packets are translated by neither. A packet obeys the rules of the generation in which it entered, but
#          looks a map up as of the generation of that moment; an anonymous map ends with its rule's generation, so what was
#          under way finds the map empty and falls through. It is the first of its connection, so connection tracking keeps
#          "nothing was decided": all that follows is not translated either, retransmissions included. With a rule behind it
#          that drops what falls through, none passes, and a retransmission is translated.
# Affected:    load balancers that use `numgen random mod N vmap { ... }` and replace the rule when endpoints change, the form that
#          kube-proxy's nftables mode writes for each Service (kube-proxy itself is not run here): a client that comes at that moment.
#
# Takes root, Debian 12 or 13 with apt, python3. A minute at most, mostly.
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
on client sysctl -qw net.netfilter.nf_conntrack_udp_timeout=1
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

# The chains stay; their rules are replaced. In "guarded" the choice has a drop behind it.
for file in bare guarded; do
  cat >"$folder/$file.nft" <<RULES
table ip nat {
  chain service { }
  chain first { }
  chain second { }
  chain output {
    type nat hook output priority -100;
  }
}
flush table ip nat
table ip nat {
  chain first { meta l4proto udp dnat to 192.0.2.2:9; }
  chain second { meta l4proto udp dnat to 192.0.2.2:10; }
  chain service {
    numgen random mod 2 vmap { 0 : goto first, 1 : goto second }
    $([[ $file == bare ]] || echo drop)
  }
  chain output { ip daddr 198.51.100.0/24 meta l4proto udp goto service; }
}
RULES
done

missed() {
  nft list counter ip watch missed | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}
try() { # file, at most so many transactions, but no more once one was missed; prints how many were not translated
  local before transactions=0 sender
  nft -f "$folder/$1.nft"
  before=$(missed)
  # Each datagram goes to another address or port, so each is the first of its connection.
  ip netns exec "${prefix}client" timeout 300 python3 -c '
import socket
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
number = 0
while True:
    number += 1
    try:
        sender.sendto(b"x", ("198.51.100.%d" % (number % 254 + 1), number % 50000 + 1))
    except OSError:
        pass # refused by the host that gets it, or no room to track it
' &
  sender=$!
  while ((transactions < $2)) && { ((transactions % 50 != 0)) || (($(missed) == before)); }; do
    nft -f "$folder/$1.nft"
    transactions=$((transactions + 1))
  done
  kill "$sender"
  wait "$sender" || true
  echo "# rule $1 in $transactions transactions: $(($(missed) - before)) datagrams were not translated" >&2
  echo $(($(missed) - before))
}
bare=$(try bare 4000)
guarded=$(try guarded 500)
((bare > 0)) || { echo "not so any more: none fell through while the rule was replaced" >&2; exit 1; }
((guarded == 0)) || { echo "not so any more: some fell through although a drop stood behind the choice" >&2; exit 1; }
