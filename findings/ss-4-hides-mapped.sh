#!/usr/bin/env bash
# `ss -4` does not list the server's side of IPv4 connections to a server that listens on `::`.
#
# Guessed: -4 ("display only IP version 4 sockets") shows the connections that go over IPv4.
# What happens: it goes by the family of the socket, not by that of its addresses. What a dual-stack listener accepts is an IPv6 socket with
#          mapped addresses (::ffff:192.0.2.1): missing from -4, present in -6. And a filter by address finds it, "dst 127.0.0.1" without -4;
#          "dst inet:127.0.0.1" does not. iproute2 6.1 and 6.15.
# Affected:    scripts that count a server's IPv4 connections that way. Every server in Java and Go listens so by default: none are seen, and
#          a drain that waits for "ss -4" to be empty is over before it began.
#
# Takes root (for the namespace), Debian 12 or 13 with apt, python3. Five seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(iproute2=6.1.0-3) ;;
  trixie) packages=(iproute2=6.15.0-1 libbpf1=1:1.5.0-3) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=mapped$$
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
ip netns add "$host"
ip -n "$host" link set lo up
cat >"$folder/try.py" <<'PYTHON'
import socket, subprocess, sys

ss = [sys.argv[1]]
print(subprocess.run(ss + ["--version"], capture_output=True, text=True).stdout, end="")
wrong = 0


def expect(count, *arguments):
    """Lines about the server's side of the connection."""
    global wrong
    said = subprocess.run(ss + ["-H", "-t", "-n", *arguments], capture_output=True, text=True).stdout.splitlines()
    seen = [line for line in said if line.split()[3].endswith(":8080")]
    print("ss -t -n", *arguments, "->", *(seen or ["nothing"]))
    if len(seen) != count:
        print("not so any more:", count, "expected", file=sys.stderr)
        wrong = 1


server = socket.socket(socket.AF_INET6)
server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
server.bind(("::", 8080))
server.listen()
client = socket.create_connection(("127.0.0.1", 8080))
accepted, peer = server.accept()
expect(1)
expect(0, "-4")
expect(1, "-6")
expect(1, "dst", "127.0.0.1")
expect(0, "-4", "dst", "127.0.0.1")
expect(0, "dst", "inet:127.0.0.1")
accepted.close()
client.close()
sys.exit(wrong)
PYTHON
ip netns exec "$host" python3 "$folder/try.py" "$(find "$folder/pkg" -name ss -type f)"
