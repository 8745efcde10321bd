#!/usr/bin/env bash
# Go's netlink library lists an IPv6 routing rule without its family: deleting what was listed deletes the same rule of IPv4.
#
# Guessed: netlink.RuleDel of a rule that netlink.RuleList(FAMILY_V6) returned deletes that rule.
# What happens: RuleList leaves Rule.Family at 0, and RuleDel takes 0 for IPv4 unless the rule has a source or destination. A rule "from all
#          fwmark 1 lookup 100", as transparent proxies have in both families, stays in IPv6 and is deleted in IPv4, with a nil error.
#          Without a twin in IPv4 the error is ENOENT. RuleAdd of what was listed adds the rule to IPv4. With Rule.Family set by the caller
#          all is as expected. github.com/vishvananda/netlink 1.1.0-125 of Debian 12.
# Affected: agents that delete policy routing by listing it first, and proxies beside them: IPv4 traffic is no longer delivered to the proxy,
#          while IPv6 goes on.
#
# Takes root, Debian 12 with apt. Half a minute.
set -euo pipefail

# shellcheck source=/dev/null
[[ $(. /etc/os-release && echo "${VERSION_CODENAME:-}") == bookworm ]] || { echo "this takes Debian 12" >&2; exit 2; }
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }
packages=(
  golang-1.19-go=1.19.8-2
  golang-1.19-src=1.19.8-2
  golang-github-vishvananda-netlink-dev=1.1.0.125.gf243826-4
  golang-github-vishvananda-netns-dev=0.0~git20211101.5004558-1
  golang-golang-x-sys-dev=0.3.0-1
)
folder=$(mktemp -d)
host=rules$$
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

cat >"$folder/main.go" <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
)

// Deletes the IPv6 rules of priority 100; with an argument, names their family first.
func main() {
	rules, err := netlink.RuleList(netlink.FAMILY_V6)
	if err != nil {
		panic(err)
	}
	for _, rule := range rules {
		if rule.Priority != 100 {
			continue
		}
		fmt.Printf("listed: family %d, mark %d, table %d; ", rule.Family, rule.Mark, rule.Table)
		if len(os.Args) > 1 {
			rule.Family = netlink.FAMILY_V6
		}
		fmt.Println("deleted:", netlink.RuleDel(&rule))
	}
}
GO
export GOROOT=$folder/pkg/usr/lib/go-1.19 GOPATH=$folder/pkg/usr/share/gocode GO111MODULE=off GOCACHE=$folder/cache CGO_ENABLED=0
"$GOROOT/bin/go" build -o "$folder/main" "$folder/main.go"

result=0
expect() { # what is tried, expected rules of IPv4 and IPv6 that are left, arguments
  local left
  ip netns add "$host"
  for family in -4 -6; do ip -n "$host" "$family" rule add pref 100 fwmark 1 lookup 100; done
  ip netns exec "$host" "$folder/main" "${@:3}"
  left="$(ip -n "$host" -4 rule show pref 100 | grep -c fwmark || true) and $(ip -n "$host" -6 rule show pref 100 | grep -c fwmark || true)"
  echo "$1: left in IPv4 and IPv6: $left"
  [[ $left == "$2" ]] || { echo "not so any more: $2 was expected" >&2; result=1; }
  ip netns del "$host"
}
expect "as it was listed" "0 and 1"
expect "with the family named" "1 and 0" named
exit $result
