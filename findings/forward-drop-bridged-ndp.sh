#!/usr/bin/env bash
# A FORWARD policy of DROP keeps two pods on one bridge from finding each other by IPv6, and only by IPv6.
#
# One would expect: a forward chain that accepts a connection's packets (TCP, ping, established) lets two neighbours on one
#                   bridge talk by IPv6 as it lets them by IPv4: frames inside a bridge are switched, not routed.
# What happens:     with bridge-nf-call-ip6tables=1 (what Kubernetes asks of a node) neighbour solicitations that cross the
#                   bridge go through the forward hook too, are in no accepted state, and the policy applies to them. ARP, which does
#                   the same for IPv4, never does. The connection times out with the neighbour FAILED; with
#                   bridge-nf-call-ip6tables=0, or "icmpv6 type nd-neighbor-solicit, nd-neighbor-advert accept", it works.
# Affected:         nodes where Docker or a firewall sets the policy, with IPv6 or dual-stack pods on a bridge; a proxy that
#                   keeps the client's address there: the endpoint can't find whom to answer, while every rule looks right.
#
# Takes root, Debian 12 or 13 with apt, and a kernel with br_netfilter.
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
[[ -e /proc/sys/net/bridge/bridge-nf-call-ip6tables ]] || modprobe br_netfilter || { echo "no br_netfilter" >&2; exit 2; }

folder=$(mktemp -d)
prefix=ndp$$
# shellcheck disable=SC2317 # by the trap
cleanup() {
  for host in node a b; do ip netns del "$prefix$host" 2>/dev/null || true; done
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
for host in node a b; do ip netns add "$prefix$host"; done
on node ip link add bridge type bridge
on node ip link set bridge up
number=1
for host in a b; do
  on node ip link add "to-$host" type veth peer name eth0 netns "$prefix$host"
  on node ip link set "to-$host" master bridge up
  on "$host" ip link set eth0 up
  on "$host" ip address add "fd00:9::$number/64" dev eth0 nodad
  on "$host" ip address add "192.0.2.$number/24" dev eth0
  number=$((number + 1))
done
nft() { on node env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/nft" "$@"; }
nft --version
uname -sr
nft add table inet host
nft 'add chain inet host forward { type filter hook forward priority 0; policy drop; }'
nft 'add rule inet host forward ct state established,related accept'
nft 'add rule inet host forward meta l4proto tcp accept'

try() { # address: no process listens there, so an answer is a refusal
  local said
  said=$(on a timeout 4 bash -c "exec 3<>/dev/tcp/$1/9" 2>&1 || true)
  case $said in
    *refused*) echo answers ;;
    *) echo silent ;;
  esac
}
failed=0
expect() { # what, seen, expected
  echo "# $1: $2"
  [[ $2 == "$3" ]] || { echo "not so any more: $1 was $3" >&2; failed=1; }
}
filtered() { # by iptables or ip6tables, 0 or 1
  on node sh -c "echo $2 >/proc/sys/net/bridge/bridge-nf-call-$1"
}
filtered iptables 1
filtered ip6tables 1
expect "IPv4, bridged frames filtered" "$(try 192.0.2.2)" answers
expect "IPv6, bridged frames filtered" "$(try fd00:9::2)" silent
on a ip -6 neighbour show
filtered ip6tables 0
on a ip -6 neighbour flush all
expect "IPv6, bridged frames not filtered" "$(try fd00:9::2)" answers
filtered ip6tables 1
on a ip -6 neighbour flush all
on b ip -6 neighbour flush all
nft 'add rule inet host forward icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept'
expect "IPv6, neighbour discovery accepted" "$(try fd00:9::2)" answers
exit "$failed"
