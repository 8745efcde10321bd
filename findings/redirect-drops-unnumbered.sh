#!/usr/bin/env bash
# `redirect` (iptables: REDIRECT) drops every IPv4 packet from an interface that has no IPv4 address, and no counter of drops tells it.
#
# Guessed: redirect sends what arrives to a port of this host, whichever interface it came by; masquerading out of an interface without an address
#          borrows one of another interface.
# What happens: the new destination is an address of the interface that the packet came by. If it has none, the packet is dropped inside the rule:
#          the rule's own counter counts it, those of connection tracking, IP and the interface do not, no ICMP goes back. A
#          `dnat` to an address of another interface, in its place, works, and so does the redirect of IPv6, whose link-local address will do.
#          nft 1.0.6 and 1.1.3, Linux 6.18.
# Affected: hosts whose pods are routed to by veth interfaces without an address (the host end of the pair has none with Calico's way of
#          wiring, nor have unnumbered uplinks): a redirect to a node-local cache or proxy that works on a bridge's port loses all IPv4 there.
#
# Takes root, Debian 12 or 13 with apt, python3. Ten seconds.
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
host=plain$$
# shellcheck disable=SC2317 # by the trap
cleanup() {
  ip netns del "$host" 2>/dev/null || true
  ip netns del "${host}pod" 2>/dev/null || true
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
uname -sr
pod=${host}pod
ip netns add "$pod"
on() { ip netns exec "$@"; }
link() { on "$host" ip link set "$1" up; }
# The pod's wire: the host's end has no address; the pod's gateway is a neighbour that is written down.
on "$host" ip link set lo up
on "$host" ip link add pod0 type veth peer name eth0 netns "$pod"
link pod0
on "$pod" ip link set eth0 up
on "$pod" ip address add 192.0.2.9/32 dev eth0
on "$pod" ip -6 address add 2001:db8::9/128 dev eth0 nodad
on "$pod" ip route add 169.254.1.1 dev eth0
on "$pod" ip route add default via 169.254.1.1
on "$pod" ip -6 route add default via fe80::1 dev eth0
mac=$(on "$host" cat /sys/class/net/pod0/address)
on "$pod" ip neigh add 169.254.1.1 lladdr "$mac" dev eth0 nud permanent
on "$pod" ip neigh add fe80::1 lladdr "$mac" dev eth0 nud permanent
on "$host" ip route add 192.0.2.9 dev pod0
on "$host" ip -6 route add 2001:db8::9 dev pod0
mac=$(on "$pod" cat /sys/class/net/eth0/address)
on "$host" ip neigh add 192.0.2.9 lladdr "$mac" dev pod0 nud permanent
on "$host" ip neigh add 2001:db8::9 lladdr "$mac" dev pod0 nud permanent
# The node's own addresses are elsewhere.
on "$host" ip address add 198.51.100.1/32 dev lo
on "$host" ip -6 address add 2001:db8::1/128 dev lo nodad
on "$host" timeout 60 python3 -c '
import socket
server = socket.create_server(("::", 8080), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
    server.accept()[0].close()
' &
server=$!
# shellcheck disable=SC2016 # Python's
ask() { # address: whether the node answers at its port 80
  on "$pod" python3 -c '
import socket, sys, time
for attempt in range(50):
    try:
        socket.create_connection((sys.argv[1], 80), 3)
        print("connected")
        break
    except ConnectionRefusedError:
        time.sleep(0.1)
    except TimeoutError:
        print("no answer")
        break
' "$1"
}
rule() { # family, what to do
  nft -f - <<RULES
flush ruleset
table $1 t {
  chain arriving {
    type nat hook prerouting priority -100;
    tcp dport 80 counter $2
  }
  chain input {
    type filter hook input priority 0;
    tcp dport { 80, 8080 } counter
  }
}
RULES
}
counted() { nft list chain "$1" t "$2" | sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'; }
# What the host's statistics say was dropped: connection tracking's, IP's, the interface's.
# shellcheck disable=SC2016 # Python's
drops() {
  on "$host" python3 -c '
lines = [line.split() for line in open("/proc/net/stat/nf_conntrack")]
drop = lines[0].index("drop")
ip = [line.split() for line in open("/proc/net/snmp") if line.startswith("Ip:")]
wire = [line.split()[4] for line in open("/proc/net/dev") if "pod0:" in line]
print(sum(int(line[drop], 16) for line in lines[1:]) + int(ip[1][ip[0].index("InDiscards")]) + int(wire[0]))
'
}
result=0
try() { # what, family, action, address, the answer to expect
  local seen
  rule "$2" "$3"
  seen=$(ask "$4")
  echo "$1: $seen; counted by the rule $(counted "$2" arriving), in the input hook $(counted "$2" input)"
  [[ $seen == "$5" ]] || { echo "not so any more: $5 was expected" >&2; result=1; }
}
try 'IPv4, dnat to 198.51.100.1:8080' ip 'dnat to 198.51.100.1:8080' 198.51.100.1 connected
try 'IPv4, redirect to :8080' ip 'redirect to :8080' 198.51.100.1 'no answer'
echo "dropped according to the host's statistics: $(drops)"
[[ $(counted ip arriving) -gt 0 && $(counted ip input) -eq 0 && $(drops) -eq 0 ]] || { echo "not counted so any more" >&2; result=1; }
try 'IPv6, redirect to :8080' ip6 'redirect to :8080' 2001:db8::1 connected
on "$host" ip address add 203.0.113.1/32 dev pod0
try 'IPv4, redirect to :8080, with an address on the interface' ip 'redirect to :8080' 198.51.100.1 connected
kill "$server"
exit $result
