#!/usr/bin/env bash
# A map that is declared by "typeof ... th dport" can be named by a rule of its own file, and by no rule that comes later.
#
# One would expect: a map that nft took and lists can be used by the next "nft add rule", as one with a plain "type" can.
# What happens:     the rule that works in the file that declares the map is refused when it is added by another command:
#                   "conflicting protocols specified: ip vs. th". nft reads the declaration back from what it stored with the
#                   map, and two headers in one key are too many for it then. With "type" in place of "typeof" it works.
# Affected:         rulesets with endpoints of all protocols in one map, to which rules are added one by one, or by hand on a live host.
#
# Takes root, Debian 12 or 13 with apt.
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
host=typeof$$
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

# Declares the map in one of the two ways, with a rule that names it, and then adds the same rule once more.
try() { # declaration
  nft -f - <<RULES
flush ruleset
table ip shop {
  map endpoints { $1; elements = { 192.0.2.1 . tcp . 80 : 192.0.2.9 . 8080 }
  }
  chain enter {
    type nat hook prerouting priority -100
    dnat to ip daddr . meta l4proto . th dport map @endpoints
  }
}
RULES
  local answer
  if answer=$(nft add rule ip shop enter dnat to ip daddr . meta l4proto . th dport map @endpoints 2>&1); then
    echo taken
  else
    head -n 1 <<<"$answer"
  fi
}
typeof=$(try 'typeof ip daddr . meta l4proto . th dport : ip daddr . th dport')
type=$(try 'type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service')
echo "the rule again, map by typeof: $typeof"
echo "the rule again, map by type:   $type"
[[ $typeof == *'conflicting protocols specified: ip vs. th'* && $type == taken ]] || { echo "this has changed" >&2; exit 1; }
