#!/usr/bin/env bash
# Google's Go library for nftables reads rules without expressions that it can write itself: a copied rule does nothing, or is refused.
#
# Guessed: GetRules returns all of a rule, or an error for one that it can't read; AddRule of its expressions makes the same rule.
# What happens: masquerade, tproxy and fib are left out, without an error, although the library has a type for each. Copied,
#          "tcp dport 80 masquerade" and a rule with tproxy match as before and do nothing. A rule whose fib is missing compares a register
#          that no expression fills: this kernel refuses the copy with ENODATA. github.com/google/nftables 0.1.0 of Debian 12.
# Affected: agents that compare the rules they wrote with those in force, that replace a rule after reading it, or move rules to another chain:
#          the client's address is no longer translated, the proxy gets nothing.
#
# Takes root, Debian 12 with apt. Half a minute.
set -euo pipefail

# shellcheck source=/dev/null
[[ $(. /etc/os-release && echo "${VERSION_CODENAME:-}") == bookworm ]] || { echo "this takes Debian 12" >&2; exit 2; }
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }
packages=(
  golang-1.19-go=1.19.8-2
  golang-1.19-src=1.19.8-2
  golang-github-google-nftables-dev=0.1.0-4~deb12u1
  golang-github-josharian-native-dev=1.1.0-1
  golang-github-mdlayher-netlink-dev=1.7.1-1
  golang-github-mdlayher-socket-dev=0.4.0-1
  golang-github-vishvananda-netns-dev=0.0~git20211101.5004558-1
  golang-golang-x-net-dev=1:0.7.0+dfsg-1
  golang-golang-x-sync-dev=0.1.0-1
  golang-golang-x-sys-dev=0.3.0-1
  nftables=1.0.6-2+deb12u2
  libnftables1=1.0.6-2+deb12u2
  libnftnl11=1.2.4-2
  libmnl0=1.0.4-3
  libjansson4=2.14-2
)
folder=$(mktemp -d)
host=copied$$
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
printf '%s\n' "${packages[@]}"
uname -sr
libraries=$(find "$folder/pkg" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)
on() { ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/nft" "$@"; }

cat >"$folder/main.go" <<'GO'
package main

import (
	"fmt"

	"github.com/google/nftables"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// Copies the rule of chain "from" to chain "to".
func main() {
	kernel, err := nftables.New()
	check(err)
	table := &nftables.Table{Family: nftables.TableFamilyIPv4, Name: "t"}
	rules, err := kernel.GetRules(table, &nftables.Chain{Table: table, Name: "from"})
	check(err)
	for _, rule := range rules {
		kernel.AddRule(&nftables.Rule{Table: table, Chain: &nftables.Chain{Table: table, Name: "to"}, Exprs: rule.Exprs})
	}
	if err := kernel.Flush(); err != nil {
		fmt.Println("refused:", err)
	}
}
GO
export GOROOT=$folder/pkg/usr/lib/go-1.19 GOPATH=$folder/pkg/usr/share/gocode GO111MODULE=off GOCACHE=$folder/cache CGO_ENABLED=0
"$GOROOT/bin/go" build -o "$folder/main" "$folder/main.go"

ip netns add "$host"
result=0
copy() { # type and hook of the chains, the rule, the expected copy
  local copied
  on "flush ruleset; add table ip t; add chain ip t from { type $1 priority 0; }; add chain ip t to { type $1 priority 0; }; add rule ip t from $2"
  copied=$(ip netns exec "$host" "$folder/main")$(on list chain ip t to | sed '1,3d; /^\t*}$/d; s/^[ \t]*//; s/[ \t]*$//')
  echo "$2: copied as \"$copied\""
  [[ $copied == "$3" ]] || { echo "not so any more: \"$3\" was expected" >&2; result=1; }
}
copy "nat hook prerouting" "tcp dport 80 dnat to 10.0.0.1" "tcp dport 80 dnat to 10.0.0.1"
copy "nat hook postrouting" "tcp dport 80 masquerade" "tcp dport 80"
copy "filter hook prerouting" "tcp dport 80 tproxy to :50080 meta mark set 0x00000001 accept" "tcp dport 80 meta mark set 0x00000001 accept"
copy "nat hook prerouting" "fib daddr type local dnat to 10.0.0.1" "refused: conn.Receive: netlink receive: no data available"
exit $result
