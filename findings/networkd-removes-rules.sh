#!/usr/bin/env bash
# systemd-networkd of Debian 13 removes every routing rule that is not its own when it starts; that of Debian 12 leaves them.
#
# Guessed: both remove them: `ManageForeignRoutingPolicyRules` is yes by default in both, and its manual says that such rules are removed.
# What happens: with one interface that it configures, 257 takes all rules away that it did not make, whatever their protocol and priority,
#          and keeps the routes of the tables that they led to; 252 takes none. A drop-in with `=no` keeps them in both.
# Affected:    proxies, network plugins and VPNs that lead packets by a mark: after an upgrade to Debian 13 each restart of networkd (by a
#          security update, say) takes their rules away, while all that one looks at first (interfaces, addresses, routes) is as before.
#
# Takes root, Debian 12 or 13 with apt and systemd's users. It runs a networkd of its own in a network namespace of its own. Half a minute.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(systemd=252.39-1~deb12u2 libsystemd-shared=252.39-1~deb12u2) removed=no ;;
  trixie) packages=(systemd=257.13-1~deb13u1 libsystemd-shared=257.13-1~deb13u1) removed=yes ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

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
daemon=$(find "$folder/pkg" -name systemd-networkd -path '*systemd/systemd-networkd' -type f)
libraries=$(dirname "$(find "$folder/pkg" -name 'libsystemd-shared-*.so')")

# Runs it for some seconds on a namespace with a rule of another program; "yes" when that is gone.
try() { # networkd's own settings
  ip netns add "$host"
  ip netns exec "$host" unshare --mount bash -euc '
    mount --bind /sys /sys
    mount -o remount,bind,ro /sys # no udev here: it is not waited for
    mount -t tmpfs tmpfs /run
    mkdir -p /run/systemd/network /run/systemd/netif /run/systemd/networkd.conf.d
    chown systemd-network:systemd-network /run/systemd/netif
    printf "[Match]\nName=eth0\n[Network]\nAddress=192.0.2.1/24\n" >/run/systemd/network/10-eth0.network
    printf "%s\n" "[Network]" "$2" >/run/systemd/networkd.conf.d/10-own.conf
    ip link add eth0 type veth peer name eth1
    ip link set eth1 up
    ip rule add fwmark 0x4000/0x4000 lookup 100 priority 90 protocol 99
    ip route add local default dev lo table 100
    LD_LIBRARY_PATH=$3 timeout 8 "$1" >/run/log 2>&1 || true
    grep -q "eth0: Configuring" /run/log
    ip address show dev eth0 | grep -q 192.0.2.1
    ip route show table 100 | grep -q local
    if ip rule | grep -q 0x4000; then echo no; else echo yes; fi
  ' bash "$daemon" "$1" "$libraries"
  ip netns del "$host"
}
result=0
expect() { # settings, whether the rule is to be gone
  local gone
  gone=$(try "$1")
  echo "# ${1:-as it comes}: a foreign rule is removed: $gone"
  [[ $gone == "$2" ]] || { echo "not so any more: $2 was expected" >&2; result=1; }
}
LD_LIBRARY_PATH=$libraries "$daemon" --version | head -n 1
expect '' $removed
expect 'ManageForeignRoutingPolicyRules=no' no
exit $result
