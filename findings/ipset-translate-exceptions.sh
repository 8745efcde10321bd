#!/usr/bin/env bash
# ipset-translate turns exceptions into members, and members for ever into members for a while.
#
# Guessed: an option that nftables has no word for (`nomatch`) is refused or comes out as a comment, as `skbinfo` does.
# What happens: with exit code 0 and not a word, an entry with `nomatch` ("but not these") becomes an ordinary element of the set. Where it
#          stands before the range that it is an exception of (`ipset save` has no order) and the set has ports, nft loads it: what
#          was left out is in. Elsewhere nft refuses the lot. And `timeout 0` ("for ever", in a set with a default time) is handed on
#          as it is, which nftables takes for the default: the element is gone after it.
# Affected:    migrations from ipset to nftables with the tool made for it. Network policies with `except` are written as `nomatch` by
#          several network plugins.
#
# Takes root, Debian 12 or 13 with apt, a kernel with ip_set. Fifteen seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(ipset=7.17-1 libipset13=7.17-1 libxtables12=1.8.9-2
                      nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libjansson4=2.14-2
                      libedit2=3.1-20221030-2 libmnl0=1.0.4-3 libbsd0=0.11.7-2) ;;
  trixie) packages=(ipset=7.22-1+b1 libipset13t64=7.22-1+b1 libxtables12=1.8.11-2
                    nftables=1.1.3-1 libnftables1=1.1.3-1 libnftnl11=1.2.9-1 libjansson4=2.14-2+b3
                    libedit2=3.1-20250104-1 libmnl0=1.0.5-3) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=sets$$
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
on() { # program of the packages, argument...
  ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/$1" "${@:2}"
}
ip netns add "$host"

cat >"$folder/sets" <<'SETS'
create ports hash:net,port family inet
add ports 10.1.0.0/16,tcp:80 nomatch
add ports 10.0.0.0/8,tcp:80
create bound hash:ip family inet timeout 2
add bound 10.0.0.1 timeout 0
SETS
on ipset version
on ipset restore <"$folder/sets"
on ipset-translate restore <"$folder/sets" >"$folder/translation"
sed 's/^/  /' "$folder/translation"
on nft -f "$folder/translation"
sleep 3
result=0
expect() { # set, in ipset's words, in nft's, whether ipset has it, whether nft has it
  local original translated
  on ipset test "$1" "$2" >/dev/null 2>&1 && original=yes || original=no
  on nft get element inet global "$1" "{ $3 }" >/dev/null 2>&1 && translated=yes || translated=no
  echo "# $2 in $1: ipset $original, translated $translated"
  [[ $original == "$4" && $translated == "$5" ]] || { echo "not so any more: $4 and $5 were expected" >&2; result=1; }
}
expect ports 10.2.0.1,tcp:80 '10.2.0.1 . tcp . 80' yes yes
expect ports 10.1.0.1,tcp:80 '10.1.0.1 . tcp . 80' no yes
expect bound 10.0.0.1 10.0.0.1 yes no

printf '%s\n' 'create clients hash:net family inet' 'add clients 10.0.0.0/8' 'add clients 10.1.0.0/16 nomatch' >"$folder/sets"
on ipset-translate restore <"$folder/sets" >"$folder/translation"
on nft -f "$folder/translation" >"$folder/said" 2>&1 && refused=no || refused=yes
echo "# a set of ranges without ports, translated, is refused by nft: $refused ($(head -n 1 "$folder/said" | sed 's/.*Error: //'))"
[[ $refused == yes ]] || { echo "not so any more" >&2; result=1; }
exit $result
