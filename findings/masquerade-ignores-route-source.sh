#!/usr/bin/env bash
# `masquerade` does not give a connection the source that the route says (`src`), though the node's own connections get it.
#
# Guessed: a masqueraded connection looks as if the node had made it. Where a route has a preferred source, both come from that.
# What happens: IPv4 takes the first address of the outgoing interface in the gateway's network; IPv6 chooses among the addresses of that
#          interface alone, and of two alike takes the one that was added last. The route's `src` is asked in neither.
# Affected:    nodes whose address is not their interface's: on the loopback device and announced by BGP, or one of several. A
#          Service's clients are seen by endpoints and firewalls under an address which a node's own clients, and a proxy
#          of sockets, never have. `snat to` with an address written out does not ask either, but says which.
#
# Takes root, Debian 12 or 13 with apt, python3. Five seconds.
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
prefix=masq$$
# shellcheck disable=SC2317 # by the trap
cleanup() {
  for host in client node server; do ip netns del "$prefix$host" 2>/dev/null || true; done
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
for host in client node server; do
  ip netns add "$prefix$host"
  on "$host" ip link set lo up
done
link() { # host, number of the network
  on node ip link add "$1" type veth peer name eth0 netns "$prefix$1"
  on node ip link set "$1" up
  on "$1" ip link set eth0 up
  on node ip address add "192.0.$2.1/24" dev "$1"
  on "$1" ip address add "192.0.$2.9/24" dev eth0
  on node ip address add "2001:db8:$2::1/64" dev "$1" nodad
  on "$1" ip address add "2001:db8:$2::9/64" dev eth0 nodad
  on "$1" ip route add default via "192.0.$2.1"
  on "$1" ip route add default via "2001:db8:$2::1"
}
link client 2
link server 3
on node ip address add 192.0.3.7/24 dev server
on node ip address add 2001:db8:3::7/64 dev server nodad
on node ip address add 198.51.100.1/32 dev lo # the node's own, announced elsewhere
on node ip address add 2001:db8:100::1/128 dev lo nodad
on node sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
on server ip address add 203.0.113.1/32 dev lo
on server ip address add 2001:db8:113::1/128 dev lo nodad
on node ip route add 203.0.113.1 via 192.0.3.9 src 198.51.100.1
on node ip route add 2001:db8:113::1 via 2001:db8:3::9 src 2001:db8:100::1
on node env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/nft" -f - <<'RULES'
table inet nat {
  chain leaving {
    type nat hook postrouting priority 100;
    iifname "client" masquerade
  }
}
RULES
uname -sr

# Prints from where the server sees a datagram of this host to this address.
seen() {
  # shellcheck disable=SC2016 # the inner shell's
  on server timeout 10 python3 -c '
import socket
server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
server.bind(("::", 7))
print(server.recvfrom(9)[1][0].removeprefix("::ffff:"))
' &
  local server=$!
  for ((tries = 0; tries < 40; tries++)); do
    kill -0 "$server" 2>/dev/null || break
    on "$1" python3 -c '
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
socket.socket(family, socket.SOCK_DGRAM).sendto(b"x", (sys.argv[1], 7))' "$2"
    sleep 0.1
  done
  wait "$server"
}
result=0
expect() { # host, address, source seen
  local source
  source=$(seen "$1" "$2")
  echo "# $1 to $2: seen as $source"
  [[ $source == "$3" ]] || { echo "not so any more: $3 was expected" >&2; result=1; }
}
expect node 203.0.113.1 198.51.100.1
expect client 203.0.113.1 192.0.3.1
expect node 2001:db8:113::1 2001:db8:100::1
expect client 2001:db8:113::1 2001:db8:3::7
exit $result
