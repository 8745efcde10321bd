#!/usr/bin/env bash
# A proxy behind `redirect` that listens with MPTCP can't ask where an MPTCP client was going: SO_ORIGINAL_DST fails for those clients only.
#
# Guessed: SO_ORIGINAL_DST asks connection tracking about the connection's addresses, which an MPTCP connection's first subflow has like any other.
# What happens: on one listener a TCP client's connection answers with the original destination. An MPTCP client's fails with "Operation not
#          supported": the kernel passes on to the subflow only the options of level IP that it knows. getsockname() has the redirected
#          address, so nothing is left that tells. Clients without MPTCP are served, so tests pass. Linux 6.18, nft 1.0.6 and 1.1.3.
# Affected: transparent proxies and service meshes' sidecars that take connections by `redirect`, when the library they are built with listens with
#          MPTCP by default, as Go does since 1.24. `tproxy`, whose getsockname() is the original destination, or a plain TCP listener helps.
#
# Takes root, Debian 12 or 13 with apt, python3, a kernel with MPTCP. Five seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(libmnl0=1.0.4-3 nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2) ;;
  trixie) packages=(libmnl0=1.0.5-3 nftables=1.1.3-1 libnftables1=1.1.3-1) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }
python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)' 2>/dev/null ||
  { echo "this takes a kernel with MPTCP" >&2; exit 2; }

folder=$(mktemp -d)
host=original$$
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
program=$(find "$folder/pkg" -path '*bin/nft' -type f)
nft() { ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" "$program" "$@"; }

ip netns add "$host"
ip -n "$host" link set lo up
ip -n "$host" address add 192.0.2.1/32 dev lo
nft --version
uname -sr
nft -f - <<'NFT'
table ip nat {
  chain output {
    type nat hook output priority -100
    ip daddr 192.0.2.1 tcp dport 80 redirect to :8080
  }
}
NFT
seen=$(timeout 30 ip netns exec "$host" python3 -c '
import errno, socket, struct
MPTCP = 262
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP)
listener.bind(("0.0.0.0", 8080))
listener.listen()
for protocol, name in ((socket.IPPROTO_TCP, "TCP"), (MPTCP, "MPTCP")):
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
    client.connect(("192.0.2.1", 80))
    accepted, _ = listener.accept()
    try:
        answer = accepted.getsockopt(socket.SOL_IP, 80, 16)  # SO_ORIGINAL_DST
        original = "%s:%d" % (socket.inet_ntoa(answer[4:8]), struct.unpack("!H", answer[2:4])[0])
    except OSError as e:
        original = errno.errorcode[e.errno]
    print("%s client: SO_ORIGINAL_DST %s, getsockname %s:%d" % ((name, original) + accepted.getsockname()))
')
echo "$seen"
[[ $seen == 'TCP client: SO_ORIGINAL_DST 192.0.2.1:80, getsockname 127.0.0.1:8080
MPTCP client: SO_ORIGINAL_DST ENOTSUP, getsockname 127.0.0.1:8080' ]] || { echo "not so any more" >&2; exit 1; }
echo "as described: only the MPTCP client's destination is hidden"
