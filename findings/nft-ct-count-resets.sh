#!/usr/bin/env bash
# An nftables rule that rejects what is above `ct count` also resets existing connections, once a client has tried one too many.
#
# Guessed: `tcp dport 80 ct count over 2 reject with tcp reset` lets two connections live, and refuses the third: a count above 2 is a matter of
#          the third.
# What happens: the refused attempt stays counted for some milliseconds. A packet of one of the two that passes then comes upon a count of 3 and is
#          rejected itself: its connection is reset, though it was within the limit. With `ct state new` in front of `ct count` the two live on
#          and only attempts are refused. nft 1.0.6 and 1.1.3, Linux 6.18.
# Affected: clients of a busy service with such a limit: each client that is refused may break another one's connection.
#
# Takes root, Debian 12 or 13 with apt, python3. Ten seconds.
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
host=count$$
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
ip netns exec "$host" ip link set lo up
cat >"$folder/try.py" <<'PY'
import socket

server = socket.create_server(("127.0.0.1", 80), backlog=9)
connections = []


def connect():
    try:
        client = socket.create_connection(("127.0.0.1", 80), 5)
        connections.append((client, server.accept()[0]))
        return "connected"
    except ConnectionRefusedError:
        return "refused"


def ask(client, accepted):
    accepted.settimeout(1)
    try:
        client.sendall(b"x")
        return "passes" if accepted.recv(1) else "closed"
    except TimeoutError:  # so the packet was rejected
        return ask(client, accepted)
    except ConnectionError:
        return "reset"


print(connect(), connect(), *[ask(*ends) for ends in connections], end=", ")
for attempt in range(1, 101):
    third = connect()
    states = [ask(*ends) for ends in connections]
    if third != "refused" or "reset" in states:
        break
print("attempt", attempt, "of a third:", third, *states)
PY
try() { # rule
  nft -f - <<RULES
flush ruleset
table ip t {
  chain leaving {
    type filter hook output priority 0;
    $1
  }
}
RULES
  ip netns exec "$host" timeout 60 python3 "$folder/try.py"
}
bare=$(try 'tcp dport 80 ct count over 2 reject with tcp reset')
echo "ct count over 2: $bare"
new=$(try 'tcp dport 80 ct state new ct count over 2 reject with tcp reset')
echo "ct state new ct count over 2: $new"
first='connected connected passes passes, attempt'
[[ $bare == "$first "*' of a third: refused '*reset* && $new == "$first 100 of a third: refused passes passes" ]] ||
  { echo "not so any more" >&2; exit 1; }
