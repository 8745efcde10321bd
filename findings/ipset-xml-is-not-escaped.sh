#!/usr/bin/env bash
# `ipset list -output xml` writes comments and names as they are: one "&" or "<" in them, and no parser takes it.
#
# Guessed: a program that offers XML escapes what XML reserves.
# What happens: ipset puts the name of a set and the comments of its entries between the tags unchanged. `a & b` and `ttl < 60` are valid
#          comments (anything but a quotation mark is), and make the whole listing of all sets malformed, with exit code 0. 7.17 and 7.22.
#          `-output save` reads back what was written.
# Affected:    exporters and auditors that read the XML because it is the one structured form that these versions have: one comment of one
#          administrator, and they see no set at all.
#
# Takes root, Debian 12 or 13 with apt, a kernel with ip_set, python3. Five seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(ipset=7.17-1 libipset13=7.17-1 libmnl0=1.0.4-3) ;;
  trixie) packages=(ipset=7.22-1+b1 libipset13t64=7.22-1+b1 libmnl0=1.0.5-3) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=xml$$
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
ipset() { ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/ipset" "$@"; }
ip netns add "$host"

result=0
expect() { # well-formed or malformed, name of the set, comment
  local seen
  ipset create "$2" hash:ip comment
  ipset add "$2" 192.0.2.1 comment "$3"
  ipset list -output xml >"$folder/listing"
  seen=$(python3 -c '
import sys, xml.etree.ElementTree as tree
try:
    comments = [comment.text for comment in tree.parse(sys.argv[1]).iter("comment") if comment.text]
    print("well-formed", *comments)
except tree.ParseError as e:
    print("malformed:", e)' "$folder/listing")
  printf 'set %s, comment %s: exit code 0\n  %s\n  %s\n' "$2" "$3" "$(grep '<elem>' "$folder/listing")" "$seen"
  [[ $seen == "$1"* ]] || { echo "not so any more: $1 was expected" >&2; result=1; }
  cmp <(ipset save "$2" | sed -n 's/.*comment "\(.*\)"$/\1/p') <(printf '%s\n' "$3") || { echo "not so any more: save lost it" >&2; result=1; }
  ipset destroy "$2"
}
ipset version
expect well-formed plain 'office'
expect malformed plain 'research & development'
expect malformed plain 'ttl < 60'
expect malformed 'r&d' 'office'
exit $result
