#!/usr/bin/env bash
# One nftables rule with tproxy, that no packet ever matches, makes a router put all fragments together.
#
# One would expect: a rule for TCP to port 1 leaves forwarded UDP alone: fragments pass as they came, as through any router
#                   without connection tracking.
# What happens:     adding the rule turns on defragmentation for the whole network namespace, for each packet before
#                   prerouting: every fragment is queued until its datagram is whole, and sent on fragmented again, or dropped when
#                   one is missing. It ends with the rule.
# Affected:         routers and nodes where a transparent proxy looks after one port: memory, latency and lost datagrams for
#                   fragments that come by several ways.
#
# Takes root, Debian 12 or 13 with apt, and a kernel with nft_tproxy.
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
prefix=frag$$
# shellcheck disable=SC2317 # by the trap
cleanup() {
  for host in a router b; do ip netns del "$prefix$host" 2>/dev/null || true; done
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
for host in a router b; do ip netns add "$prefix$host"; done
number=1
for host in a b; do
  on router ip link add "to-$host" type veth peer name eth0 netns "$prefix$host"
  on router ip address add "192.0.2.$((number * 16 + 1))/28" dev "to-$host"
  on router ip link set "to-$host" up
  on "$host" ip address add "192.0.2.$((number * 16 + 2))/28" dev eth0
  on "$host" ip link set eth0 up
  on "$host" ip route add default via "192.0.2.$((number * 16 + 1))"
  number=$((number + 1))
done
on router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
nft() { on router env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/nft" "$@"; }
nft --version
uname -sr

counter() { # host, name: of the line Ip in /proc/net/snmp
  # shellcheck disable=SC2016 # awk's
  on "$1" awk -v name="$2" '$1 == "Ip:" && !at { for (i = 2; i <= NF; i++) if ($i == name) at = i; next }
    $1 == "Ip:" { print $at }' /proc/net/snmp
}
failed=0
try() { # what, fragments expected to be queued by the router
  local before arrived
  before=$(counter router ReasmReqds)
  arrived=$(counter b ReasmOKs)
  # shellcheck disable=SC2016 # the inner shell's
  on a bash -c 'for ((i = 0; i < 10; i++)); do printf "%04000d" 7 >/dev/udp/192.0.2.34/9; done' # three fragments each
  for ((i = 0; i < 50; i++)); do
    (($(counter b ReasmOKs) - arrived >= 10)) && break
    sleep 0.1
  done
  local queued=$(($(counter router ReasmReqds) - before)) whole=$(($(counter b ReasmOKs) - arrived))
  echo "# $1: the router queued $queued fragments, $whole datagrams arrived"
  [[ $queued == "$2" && $whole == 10 ]] || { echo "not so any more: $1 was $2 and 10" >&2; failed=1; }
}
try "no rule" 0
nft add table ip proxy
nft 'add chain ip proxy pre { type filter hook prerouting priority -150; }'
nft 'add rule ip proxy pre tcp dport 2 accept'
try "a rule without tproxy" 0
nft 'add rule ip proxy pre tcp dport 1 tproxy to :1'
try "a rule with tproxy that matches nothing" 30
nft delete table ip proxy
try "no rule any more" 0
exit "$failed"
