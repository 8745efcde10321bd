#!/usr/bin/env bash
# `ip route restore` refuses what `ip route save` wrote as soon as one route goes by a nexthop object, and leaves out others.
#
# Guessed: what save writes restore reads, on the same host, with the same interfaces and nexthop objects.
# What happens: the kernel tells of such a route its nexthop's id and, for programs that know no ids, its gateways as well; save keeps both. Given
#          both, the kernel refuses: "Nexthop specification and nexthop id are mutually exclusive". restore ends there, with exit code 2; routes
#          that come later, the default route too, are not made. With the sysctl net.ipv4.nexthop_compat_mode=0 while saving it works.
#          iproute2 6.1 and 6.15; IPv4 and IPv6.
# Affected:    scripts that save, flush and restore the routes of a node, or move them to another network namespace: one route of a
#          routing daemon that makes nexthop objects (FRR does), and the node has no routes.
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
hosts=()
# shellcheck disable=SC2317 # by the trap
cleanup() {
  local host
  for host in "${hosts[@]}"; do ip netns del "$host" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap cleanup EXIT
mkdir "$folder/packages"
chmod 755 "$folder"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/pkg"; done
libraries=$(find "$folder/pkg" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)
program=$(find "$folder/pkg" -path '*bin/ip' -type f)
on() { # namespace, argument of ip...
  ip netns exec "$1" env LD_LIBRARY_PATH="$libraries" "$program" "${@:2}"
}
node() { # name: two uplinks' gateways, as nexthop objects and a group
  ip netns add "$1"
  hosts+=("$1")
  on "$1" link set lo up
  on "$1" link add up0 type veth peer name up1
  on "$1" link set up0 up
  on "$1" link set up1 up
  on "$1" addr add 192.0.2.1/24 dev up0
  on "$1" -6 addr add 2001:db8::1/64 dev up0 nodad
  on "$1" nexthop add id 1 via 192.0.2.2 dev up0
  on "$1" nexthop add id 2 via 192.0.2.3 dev up0
  on "$1" nexthop add id 10 group 1/2
  on "$1" nexthop add id 6 via 2001:db8::2 dev up0
}

"$program" -V
uname -sr
result=0
expect() { # routes restored, exit code, what, family, compat mode while saving, routes...
  local saved=src$$ restored=dst$$ code=0 seen
  node "$saved"
  node "$restored"
  ip netns exec "$saved" sh -c "echo $5 >/proc/sys/net/ipv4/nexthop_compat_mode"
  local route
  for route in "${@:6}"; do
    # shellcheck disable=SC2086 # words
    on "$saved" "$4" route add $route
  done
  on "$saved" "$4" route save >"$folder/routes"
  on "$restored" "$4" route restore <"$folder/routes" >"$folder/said" 2>&1 || code=$?
  seen=$(on "$restored" "$4" route show | grep -cvE '^[[:space:]]|proto kernel' || true)
  echo "$3: $seen of $(($# - 5)) restored, exit code $code $(sort -u "$folder/said" | grep -v 'already assigned' || true)"
  [[ "$seen $code" == "$1 $2" ]] || { echo "not so any more: $1 with exit code $2 were expected" >&2; result=1; }
  ip netns del "$saved"
  ip netns del "$restored"
  hosts=()
}
plain=('default via 192.0.2.2' '198.51.100.0/24 via 192.0.2.2' '203.0.113.0/24 via 192.0.2.3')
expect 3 0 'IPv4, none by nexthop object' -4 1 "${plain[@]}"
expect 0 2 'IPv4, one by nexthop object' -4 1 '10.0.0.0/8 nhid 10' "${plain[@]}"
expect 4 0 'IPv4, one by nexthop object, compat mode 0' -4 0 '10.0.0.0/8 nhid 10' "${plain[@]}"
expect 1 2 'IPv6, one by nexthop object' -6 1 '2001:db8:1::/48 via 2001:db8::2' '2001:db8:2::/48 nhid 6' '2001:db8:3::/48 via 2001:db8::2'
exit $result
