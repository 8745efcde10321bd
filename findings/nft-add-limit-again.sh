#!/usr/bin/env bash
# `nft add limit` of a named limit that exists, with another rate, ends with 0 and changes nothing; `add quota` and `add set` do change theirs.
#
# Guessed: adding a named object that exists is refused, or gives it the new values. A file that is loaded again with `nft -f` should then
#          leave what it says.
# What happens: a quota gets its new size, a set its new timeout; a limit keeps its old rate, with exit code 0 and no message. `create limit` is
#          refused, as it should be. To change the rate the limit must be deleted, and first each rule that names it. nft 1.0.6 and 1.1.3,
#          Linux 6.18.
# Affected: setups that load a changed file without a flush, so that counters and sets stay: the old limits stay in force, and only a
#          listing shows it.
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
host=again$$
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

declare_() { # rate, size, timeout
  cat <<RULES
table ip t {
  limit l { rate $1/second burst 5 packets; }
  quota q { over $2 bytes; }
  set s { type ipv4_addr; timeout $3; }
  chain c { limit name "l" accept; }
}
RULES
}
state() { nft list ruleset | grep -oE 'rate [^ ]*|over .*|timeout .*' | paste -sd' '; }
declare_ 10 1000 10m | nft -f -
before=$(state)
echo "loaded: $before"
declare_ 99 5000 20m | sed '/chain/d' >"$folder/again"
code=0
nft -f "$folder/again" || code=$?
after=$(state)
echo "loaded again with other values: exit code $code, $after"
alone=0
nft 'add limit ip t l { rate 99/second burst 5 packets; }' || alone=$?
echo "nft add limit: exit code $alone, $(state)"
create=0
nft 'create limit ip t l rate 99/second' 2>"$folder/created" || create=$?
echo "nft create limit: exit code $create, $(sed -n 1p "$folder/created")"
delete=0
nft 'delete limit ip t l' 2>"$folder/said" || delete=$?
echo "nft delete limit: exit code $delete, $(sed -n 1p "$folder/said")"
grep -q 'File exists' "$folder/created" || { echo "create is not refused for that any more" >&2; exit 1; }
[[ $before == 'rate 10/second over 1000 bytes timeout 10m' && $after == 'rate 10/second over 5000 bytes timeout 20m' &&
  "$code $alone $create $delete" == '0 0 1 1' ]] || { echo "not so any more" >&2; exit 1; }
