#!/usr/bin/env bash
# iptables-restore-translate leaves out conditions of a rule, or turns one round, and says nothing.
#
# Guessed: what can't be translated comes out as a comment, as most of such rules do; what comes out as a rule matches the same packets.
# What happens: with exit code 0 and rules that nft loads, `multiport ! --ports` matches what it should not and nothing else, of
#          `addrtype --src-type … --dst-type …` only the source is left, and of `conntrack --ctstate NEW,DNAT` only DNAT (1.8.9 and
#          1.8.11). 1.8.9 also drops the protocol of `-p tcp -m tcp` with no port, which is how kube-proxy writes its DNAT rules: nft
#          refuses those then.
# Affected:    migrations of a node's rules from iptables to nftables with the tool made for it: rules of Kubernetes' service proxy, of network
#          plugins and container engines use all four.
#
# Takes root, Debian 12 or 13 with apt. Ten seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(iptables=1.8.9-2 libxtables12=1.8.9-2 libip4tc2=1.8.9-2 libip6tc2=1.8.9-2
                      nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libjansson4=2.14-2
                      libedit2=3.1-20221030-2 libmnl0=1.0.4-3 libbsd0=0.11.7-2) ;;
  trixie) packages=(iptables=1.8.11-2 libxtables12=1.8.11-2 libip4tc2=1.8.11-2 libip6tc2=1.8.11-2
                    nftables=1.1.3-1 libnftables1=1.1.3-1 libnftnl11=1.2.9-1 libjansson4=2.14-2+b3
                    libedit2=3.1-20250104-1 libmnl0=1.0.5-3) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=match$$
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
  ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" XTABLES_LIBDIR="$(dirname "$(find "$folder/pkg" -name libxt_tcp.so)")" \
    "$folder/pkg/usr/sbin/$1" "${@:2}"
}
iptables() { on xtables-nft-multi "$@"; }
ip netns add "$host"
ip -n "$host" link set lo up

# Says whether a datagram to 127.0.0.1 port 9, the first of its connection, was matched.
matched() {
  on nft -f - <<'WATCH'
table ip watch
delete table ip watch
table ip watch {
  counter marked { }
  chain output {
    type filter hook output priority 0;
    udp dport 9 meta mark 1 counter name marked
  }
}
WATCH
  ip netns exec "$host" bash -c 'printf x >/dev/udp/127.0.0.1/9'
  if on nft list counter ip watch marked | grep -q 'packets 1 '; then echo yes; else echo no; fi
}
translate() { # table, rule
  printf '*%s\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT %s\nCOMMIT\n' "$1" "$2" >"$folder/rules"
  iptables iptables-restore-translate -f "$folder/rules" >"$folder/translation"
}
result=0
expect() { # condition, whether iptables matches, whether the translation does
  local original translated
  translate mangle "$1 -j MARK --set-mark 1"
  iptables iptables-restore <"$folder/rules"
  original=$(matched)
  on nft flush ruleset
  on nft -f "$folder/translation"
  translated=$(matched)
  on nft flush ruleset
  printf '%s\n  %s\n' "# $1" "$(grep '^add rule' "$folder/translation" | tail -n 1)"
  echo "  matched by iptables: $original, translated: $translated"
  [[ $original == "$2" && $translated == "$3" ]] || { echo "not so any more: $2 and $3 were expected" >&2; result=1; }
}
version=$(iptables iptables --version)
echo "$version"
[[ $version == *1.8.9* ]] && old=yes || old=no
expect '-p udp -m multiport ! --ports 9,10' no yes
expect '-p udp -m multiport ! --ports 19,20' yes no
expect '-m addrtype --src-type LOCAL --dst-type BROADCAST' no yes
expect '-m conntrack --ctstate NEW,DNAT' yes no
expect '-p tcp -m tcp' no $old
expect '-p udp -m multiport ! --dports 9,10' no no

rule='-p tcp -m tcp -j DNAT --to-destination 192.0.2.1:80'
translate nat "$rule"
on nft -f "$folder/translation" >/dev/null 2>&1 && refused=no || refused=yes
printf '%s\n  %s\n' "# $rule" "$(grep '^add rule' "$folder/translation")"
echo "  refused by nft: $refused"
[[ $refused == "$old" ]] || { echo "not so any more: $old was expected" >&2; result=1; }
exit $result
