#!/usr/bin/env bash
# nft given two list commands at once (a file, `nft 'list …; list …'`) answers one of them with an empty table or set, and ends with 0.
#
# Guessed: commands of one call are carried out one after the other, each with the answer that it has alone.
# What happens: nft 1.1.3 reads from the kernel once for all commands of the call, and then too little for one of them. `list counters; list
#          quotas` prints a table without counters, `list set …; list chain …` a set without its elements, in either order, and both end with 0.
#          `reset counters; reset quotas` resets the quotas alone. Two named sets: "No such file or directory", though both are there;
#          nft 1.0.6 has only this last one.
# Affected: scripts that read two things in one call to save time, or to have both of one moment: an empty answer looks like a set without
#          members or a table without counters.
#
# Takes root, Debian 12 or 13 with apt. Five seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) release=12 after=0
            packages=(nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libjansson4=2.14-2
                      libedit2=3.1-20221030-2 libmnl0=1.0.4-3 libbsd0=0.11.7-2 libxtables12=1.8.9-2) ;;
  trixie) release=13 after=5
          packages=(nftables=1.1.3-1 libnftables1=1.1.3-1 libnftnl11=1.2.9-1 libjansson4=2.14-2+b3
                    libedit2=3.1-20250104-1 libmnl0=1.0.5-3 libxtables12=1.8.11-2) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=several$$
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

ip netns add "$host"
nft() { ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/nft" "$@"; }
nft --version
uname -sr

nft -f - <<'RULES'
table ip t {
  counter one { packets 5 bytes 500 }
  quota month { over 1000 bytes used 900 bytes }
  set a { type ipv4_addr; elements = { 192.0.2.1 }; }
  set b { type ipv4_addr; elements = { 192.0.2.2 }; }
  chain c { accept; }
}
RULES
ask() { # commands; the answer in one line
  local code=0
  nft "$1" >"$folder/said" 2>&1 || code=$?
  echo "$1: exit code $code: $(grep -v '\^' "$folder/said" | tr -s ' \t\n' ' ')"
}
seen=$(
  ask 'list counters'
  ask 'list set ip t a'
  ask 'list counters; list quotas'
  ask 'list set ip t a; list chain ip t c'
  ask 'list chain ip t c; list set ip t a'
  ask 'list set ip t a; list set ip t b'
  ask 'reset counters; reset quotas'
  ask 'list counters'
)
echo "$seen"

result=0
expect() { # for which release, answer's beginning
  [[ $1 != *$release* ]] || grep -qF -- "$2" <<<"$seen" || { echo "not seen any more: $2" >&2; result=1; }
}
expect 12,13 'list counters: exit code 0: table ip t { counter one { packets 5 bytes 500 } }'
expect 12,13 'list set ip t a: exit code 0: table ip t { set a { type ipv4_addr elements = { 192.0.2.1 } } }'
expect 12 'list counters; list quotas: exit code 0: table ip t { counter one { packets 5 bytes 500 } }'
expect 13 'list counters; list quotas: exit code 0: table ip t { } table ip t { quota'
expect 12 'list set ip t a; list chain ip t c: exit code 0: table ip t { set a { type ipv4_addr elements = { 192.0.2.1 } } }'
expect 13 'list set ip t a; list chain ip t c: exit code 0: table ip t { set a { type ipv4_addr } }'
expect 13 'list chain ip t c; list set ip t a: exit code 0: table ip t { chain c { accept } } table ip t { set a { type ipv4_addr } }'
expect 12,13 'list set ip t a; list set ip t b: exit code 1: Error: No such file or directory'
tail -n 1 <<<"$seen" | grep -q "packets $after " || { echo "not seen any more: $after packets after both resets" >&2; result=1; }
exit $result
