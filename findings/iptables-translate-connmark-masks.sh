#!/usr/bin/env bash
# iptables-restore-translate gets the masks of CONNMARK wrong: a rule for a few bits of a mark overwrites all of it, or does nothing.
#
# Guessed: what can't be translated comes out as a comment, as most of such rules do; what comes out as a rule does the same.
# What happens: with exit code 0 and without a word, `--save-mark` and `--restore-mark` with equal masks also clear the bits outside the
#          mask, and `--set-mark 0x10/0xff` changes nothing at all: it becomes "xor 0x10 and 0xffffff00", where `and` binds first.
#          1.8.9 and 1.8.11 alike. (`MARK` with a mask is translated rightly.)
# Affected:    migrations of a node's rules from iptables to nftables with the tool made for it, as the projects' own pages advise. Bits
#          of a mark are shared out between Kubernetes' service proxy, network plugins, VPNs and policy routing: each of them loses
#          its bits by another's rule.
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
host=marks$$
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

# Prints the marks of a packet and of its connection after the rules.
marks() {
  on nft -f - <<'WATCH'
table ip watch
delete table ip watch
table ip watch {
  set seen {
    typeof meta mark . ct mark
    size 16
    flags dynamic
  }
  chain output {
    type filter hook output priority 0;
    udp dport 9 add @seen { meta mark . ct mark }
  }
}
WATCH
  ip netns exec "$host" bash -c 'printf x >/dev/udp/127.0.0.1/9'
  on nft list set ip watch seen | sed -n 's/.*elements = { \(.*\) }.*/\1/p'
}
result=0
expect() { # rule, what iptables does, what the translation does
  cat >"$folder/rules" <<RULES
*mangle
:OUTPUT ACCEPT [0:0]
-A OUTPUT -j MARK --set-mark 0x1034
-A OUTPUT -j CONNMARK --set-mark 0x2078
-A OUTPUT -j $1
COMMIT
RULES
  local original translated
  iptables iptables-restore <"$folder/rules"
  original=$(marks)
  on nft flush ruleset
  iptables iptables-restore-translate -f "$folder/rules" >"$folder/translation"
  on nft -f "$folder/translation"
  translated=$(marks)
  on nft flush ruleset
  printf '%s\n  %s\n' "# $1" "$(grep '^add rule' "$folder/translation" | tail -n 1)"
  echo "  mark and connection mark by iptables $original, translated $translated"
  [[ $original == "$2" && $translated == "$3" ]] || { echo "not so any more: $2 and $3 were expected" >&2; result=1; }
}
iptables iptables --version
expect 'CONNMARK --save-mark --nfmask 0xff --ctmask 0xff' '0x00001034 . 0x00002034' '0x00001034 . 0x00000034'
expect 'CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff' '0x00001078 . 0x00002078' '0x00000078 . 0x00002078'
expect 'CONNMARK --set-mark 0x10/0xff' '0x00001034 . 0x00002010' '0x00001034 . 0x00002078'
expect 'MARK --set-mark 0x10/0xff' '0x00001010 . 0x00002078' '0x00001010 . 0x00002078'
exit $result
