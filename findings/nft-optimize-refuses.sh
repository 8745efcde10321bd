#!/usr/bin/env bash
# `nft -o` refuses files with an exception before its range, and takes the comments off the rules that it merges.
#
# Guessed: the optimizer merges rules where that changes nothing, and leaves them alone where it would.
# What happens: it merges neighbours of one form without looking at what they hold, then refuses the whole file for its own result. An
#          exception before its range ("from 10.1.0.0/16 accept", "from 10.0.0.0/8 drop", where order decides) becomes one verdict map with
#          overlapping ranges: "conflicting intervals specified", internal:0:0-0. What it does merge loses its comments. 1.0.6 and 1.1.3.
# Affected:    hosts that load their rules with `nft -o -f` at boot: one new exception, and none of the rules is there. And tools that know their
#          rules by comment.
#
# Takes root, Debian 12 or 13 with apt. Five seconds.
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
host=opt$$
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

result=0
expect() { # what is refused by -o ("nothing" for taken), rules...
  local refusal=nothing
  {
    printf 'table ip t {\n  chain forward {\n    type filter hook forward priority 0;\n'
    printf '    %s\n' "${@:2}"
    printf '  }\n}\n'
  } >"$folder/rules"
  nft -f "$folder/rules"
  nft flush ruleset
  nft -o -f "$folder/rules" >"$folder/said" 2>&1 || refusal=$(grep -o 'Error: conflicting intervals' "$folder/said" | tail -n 1)
  printf '# %s\n' "${@:2}"
  echo "  taken without -o, refused with it: $refusal"
  [[ $refusal == "$1" ]] || { echo "not so any more: $1 was expected" >&2; result=1; }
}
expect 'Error: conflicting intervals' 'ip saddr 10.1.0.0/16 accept' 'ip saddr 10.0.0.0/8 drop'
expect 'Error: conflicting intervals' 'tcp dport 8080 drop' 'tcp dport 8000-8999 accept'
expect nothing 'ip saddr 10.1.0.0/16 accept comment "office"' 'ip saddr 10.2.0.0/16 drop comment "guests"'
nft list ruleset
nft list ruleset | grep -q comment && { echo "not so any more: comments were kept" >&2; result=1; }
exit $result
