#!/usr/bin/env bash
# Adding an element to an nftables set again, without a timeout, shortens the one that it has to the set's default.
#
# Guessed: `nft add element` of what is there does nothing (`create element` is refused), so that it can be repeated; a comment given the second
#          time may or may not be taken.
# What happens: the kernel (6.18; it changes timeouts since 6.12) takes it for an order to change the timeout: an element with 2 hours to go has
#          the set's default of 10 minutes from now on, exit code 0. The comment that comes with it is dropped. nft 1.0.6 and 1.1.3.
# Affected:    lists of addresses with a time of their own each, affinity or bans, that another script fills up again from a file: what was to
#          last for a day is gone after minutes.
#
# Takes root, Debian 12 or 13 with apt, Linux 6.12 or later. Five seconds.
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
nft -f - <<'RULES'
table ip t {
  set banned {
    type ipv4_addr
    timeout 10m
    elements = { 192.0.2.7 timeout 2h, 192.0.2.8 timeout 2h }
  }
}
RULES
nft list set ip t banned
nft add element ip t banned '{ 192.0.2.8 comment "again" }'
after=$(nft list set ip t banned)
echo "after adding 192.0.2.8 again:"
echo "$after"
[[ $after =~ 192.0.2.7\ timeout\ 2h\ expires\ 1h59m && $after =~ 192.0.2.8\ expires\ 9m5 && $after != *again* ]] || { echo "not so any more" >&2; exit 1; }
