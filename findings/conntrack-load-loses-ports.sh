#!/usr/bin/env bash
# `conntrack -L -o save` and `conntrack -R` give back NAT entries that lead to another port, and without their marks.
#
# Guessed: what is saved and loaded again is the same: both tuples are written out, with all four ports.
# What happens: where both addresses are translated (a Service's connection that is masqueraded), the file says so by the addresses
#          alone (`-g`, `-n`), and on loading the kernel computes the ports again: a connection to port 80 that went to 8080 goes to 80
#          of the same endpoint from then on, which resets it. Marks are not in the file at all. Exit code 0, 1.4.7 and 1.4.8.
# Affected:    operators who carry connections over a restart, a fail-over or a flush with the tool's own save and load: Kubernetes' Services
#          often have another port at the pod than at the VIP, and policy routing goes by the mark.
#
# Takes root, Debian 12 or 13 with apt, python3. Ten seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libjansson4=2.14-2
                      libedit2=3.1-20221030-2 libmnl0=1.0.4-3 libbsd0=0.11.7-2 libxtables12=1.8.9-2
                      conntrack=1:1.4.7-1+b2 libnetfilter-conntrack3=1.0.9-3 libnfnetlink0=1.0.2-2) ;;
  trixie) packages=(nftables=1.1.3-1 libnftables1=1.1.3-1 libnftnl11=1.2.9-1 libjansson4=2.14-2+b3
                    libedit2=3.1-20250104-1 libmnl0=1.0.5-3 libxtables12=1.8.11-2
                    conntrack=1:1.4.8-2 libnetfilter-conntrack3=1.1.0-1 libnfnetlink0=1.0.2-3) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
prefix=save$$
# shellcheck disable=SC2317 # by the trap
cleanup() {
  for host in client node server; do ip netns del "$prefix$host" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap cleanup EXIT
mkdir "$folder/packages"
chmod 755 "$folder"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/pkg"; done
libraries=$(find "$folder/pkg" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)

on() { # host, command
  local host=$1
  shift
  ip netns exec "$prefix$host" "$@"
}
tool() { on node env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/$1" "${@:2}"; }
for host in client node server; do ip netns add "$prefix$host"; done
link() { # host, number of the network
  on node ip link add "$1" type veth peer name eth0 netns "$prefix$1"
  on node ip link set "$1" up
  on "$1" ip link set eth0 up
  on node ip address add "192.0.$2.1/24" dev "$1"
  on "$1" ip address add "192.0.$2.9/24" dev eth0
  on "$1" ip route add default via "192.0.$2.1"
}
link client 2
link server 3
on node sysctl -qw net.ipv4.ip_forward=1
tool nft -f - <<'RULES'
table ip nat {
  chain arriving {
    type nat hook prerouting priority -100;
    ip daddr 198.51.100.1 tcp dport 80 ct mark set 0x10 dnat to 192.0.3.9:8080
    ip daddr 198.51.100.1 tcp dport 81 ct mark set 0x11 dnat to 192.0.3.9:8080
  }
  chain leaving {
    type nat hook postrouting priority 100;
    meta l4proto tcp ct mark 0x10 masquerade to :2000-2099
    tcp dport 82 masquerade to :2000-2099
  }
}
RULES
on server timeout 60 python3 -c '
import socket, threading
def answer(connection):
    while data := connection.recv(9):
        connection.sendall(data)
def serve(port):
    with socket.create_server(("", port)) as server:
        while True:
            threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()
for port in (82, 8080):
    threading.Thread(target=serve, args=(port,)).start()
' 2>/dev/null &
server=$!

# Three connections: both addresses are translated, the destination, the source. Each is asked before and after the entries were saved, flushed and loaded.
mkfifo "$folder/asked" "$folder/loaded"
# shellcheck disable=SC2016 # Python's
on client timeout 60 python3 -c '
import socket, sys, time
def connect(port):
    for attempt in range(100):
        try:
            return socket.create_connection(("192.0.3.9" if port == 82 else "198.51.100.1", port), 5)
        except ConnectionRefusedError:
            time.sleep(0.1)
def ask(connection):
    try:
        connection.sendall(b"x")
        return "answered" if connection.recv(9) else "closed"
    except OSError as e:
        return e.strerror or str(e)
connections = {port: connect(port) for port in (80, 81, 82)}
before = {port: ask(connection) for port, connection in connections.items()}
open(sys.argv[1], "w").close()
open(sys.argv[2]).read()
for port, connection in connections.items():
    print(port, before[port], "then", ask(connection))
' "$folder/asked" "$folder/loaded" >"$folder/answers" &
client=$!
cat "$folder/asked"

entries() { tool conntrack -L -p tcp 2>/dev/null | grep -oE 'src=.*' | sort -t= -k5; }
tool conntrack --version
echo '# before'
entries
tool conntrack -L -o save 2>/dev/null | tee "$folder/saved" | sed 's/^/  /'
tool conntrack -F 2>/dev/null
tool conntrack -R "$folder/saved"
echo '# after'
entries | tee "$folder/after"
echo >"$folder/loaded"
wait "$client"
kill "$server"
cat "$folder/answers"

result=0
expect() { # file, pattern
  grep -qE -- "$2" "$folder/$1" || { echo "not seen any more: $2" >&2; result=1; }
}
expect saved '--dport 80 .*--reply-port-src 8080'
expect after 'dport=80 src=192.0.3.9 dst=192.0.3.1 sport=80 .*mark=0'
expect after 'dport=81 src=192.0.3.9 dst=192.0.2.9 sport=8080 .*mark=0'
expect answers '^80 answered then Connection reset by peer$'
expect answers '^81 answered then answered$'
expect answers '^82 answered then answered$'
exit $result
