#!/usr/bin/env bash
# `nft -c reset counters`, which is to check a command without carrying it out, resets the counters, and quotas likewise.
#
# Guessed: -c (--check) makes any command a rehearsal: with `flush ruleset` or `delete table` nothing happens, so with `reset` nothing does.
# What happens: a reset is a request that the kernel answers at once; it is no part of the transaction that -c leaves uncommitted. Counters are 0
#          afterwards, and a quota that was used up lets traffic through again; exit code 0. The same in a file (-c -f), by nft 1.0.6 even if a
#          later line is wrong and named as such. nft 1.0.6 and 1.1.3.
# Affected: setups that check files on the node that counts, before they load them: accounting loses what it had not read, and a client
#          that had used up a quota gets another.
#
# Takes root, Debian 12 or 13 with apt. Five seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) after_error='0 bytes 0'
            packages=(nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libjansson4=2.14-2
                      libedit2=3.1-20221030-2 libmnl0=1.0.4-3 libbsd0=0.11.7-2 libxtables12=1.8.9-2) ;;
  trixie) after_error='5 bytes 500'
          packages=(nftables=1.1.3-1 libnftables1=1.1.3-1 libnftnl11=1.2.9-1 libjansson4=2.14-2+b3
                    libedit2=3.1-20250104-1 libmnl0=1.0.5-3 libxtables12=1.8.11-2) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=check$$
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

cat >"$folder/rules" <<'RULES'
table ip t {
  counter seen { packets 5 bytes 500 }
  quota month { over 1000 bytes used 900 bytes }
}
RULES
state() { nft list table ip t | grep -E 'packets|bytes' | tr -s '\t\n' ' '; }
try() { # what, arguments of nft...
  local code=0
  nft flush ruleset
  nft -f "$folder/rules"
  nft "${@:2}" >/dev/null 2>"$folder/said" || code=$?
  echo "$1: exit code $code,$(state)"
}
echo 'reset counters' >"$folder/resets"
printf 'reset counters\nadd rule ip t nowhere accept\n' >"$folder/wrong"
seen=$(
  try '-c flush ruleset' -c flush ruleset
  try '-c delete counter' -c delete counter ip t seen
  try '-c reset counters' -c reset counters
  try '-c reset quotas' -c reset quotas
  try '-c -f, with a reset' -c -f "$folder/resets"
  try '-c -f, with a reset and a rule for no chain' -c -f "$folder/wrong"
)
echo "$seen"
result=0
expect() {
  grep -qxF -- "$1 " <<<"$seen" || { echo "not seen any more: $1" >&2; result=1; }
}
expect '-c flush ruleset: exit code 0, packets 5 bytes 500 over 1000 bytes used 900 bytes'
expect '-c delete counter: exit code 0, packets 5 bytes 500 over 1000 bytes used 900 bytes'
expect '-c reset counters: exit code 0, packets 0 bytes 0 over 1000 bytes used 900 bytes'
expect '-c reset quotas: exit code 0, packets 5 bytes 500 over 1000 bytes'
expect '-c -f, with a reset: exit code 0, packets 0 bytes 0 over 1000 bytes used 900 bytes'
expect "-c -f, with a reset and a rule for no chain: exit code 1, packets $after_error over 1000 bytes used 900 bytes"
exit $result
