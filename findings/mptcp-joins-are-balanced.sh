#!/usr/bin/env bash
# A client with two addresses gets no second path through a Service with two endpoints: its MPTCP join is balanced like a new connection.
#
# Guessed: connection tracking, or the balancing rule, sends all subflows of an MPTCP connection to the endpoint of the first; or the kernel
#          falls back, and says so.
# What happens: the join is a SYN from the client's other address to the same virtual address, so it is tracked as a connection of its own and
#          the rule chooses an endpoint for it. Another endpoint than the first one does not know its token and resets it. The connection goes on
#          with one path and reports no error; only the endpoint's counter MPTcpExtMPJoinNoTokenFound and the client's missing subflow
#          (MPTCP_INFO) tell. With one endpoint the same client gets its second path. Session affinity does not help, as it goes by the client's
#          address. Linux 6.18, nft 1.0.6 and 1.1.3.
# Affected: phones and laptops behind MPTCP, and all clients of servers that listen with it (Go programs do so by default since Go 1.24): when the
#          first path fails the connection is gone, for (n - 1) of n connections to a Service with n endpoints. Servers behind a balancer can set
#          net.mptcp.allow_join_initial_addr_port=0, so that clients do not try, and announce an address of their own.
#
# Takes root, Debian 12 or 13 with apt, python3, a kernel with MPTCP. Fifteen seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(iproute2=6.1.0-3 libbpf1=1:1.1.2-0+deb12u1 libmnl0=1.0.4-3 nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2) ;;
  trixie) packages=(iproute2=6.15.0-1 libbpf1=1:1.5.0-3 libmnl0=1.0.5-3 nftables=1.1.3-1 libnftables1=1.1.3-1) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }
python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)' 2>/dev/null ||
  { echo "this takes a kernel with MPTCP" >&2; exit 2; }

folder=$(mktemp -d)
client=client$$ node=node$$ one=one$$ two=two$$
# shellcheck disable=SC2317 # by the trap
cleanup() {
  for server in "${servers[@]:-}"; do [[ -z $server ]] || kill "$server" 2>/dev/null || true; done
  for name in "$client" "$node" "$one" "$two"; do ip netns del "$name" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap cleanup EXIT
servers=()
mkdir "$folder/packages"
chmod 755 "$folder"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/pkg"; done
libraries=$(find "$folder/pkg" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)
program() { find "$folder/pkg" -path "*bin/$1" -type f; }
on() { # namespace, program, arguments
  ip netns exec "$1" env LD_LIBRARY_PATH="$libraries" "$(program "$2")" "${@:3}"
}
here() { env LD_LIBRARY_PATH="$libraries" "$(program "$1")" "${@:2}"; }
here ip -V
here nft --version
uname -sr

for name in "$client" "$node" "$one" "$two"; do
  ip netns add "$name"
  on "$name" ip link set lo up
done
wire() { # namespace, its interface, the node's interface, network
  on "$node" ip link add "$3" type veth peer name "$2" netns "$1"
  on "$node" ip address add "$4.1/24" dev "$3"
  on "$node" ip link set "$3" up
  on "$1" ip address add "$4.2/24" dev "$2"
  on "$1" ip link set "$2" up
}
wire "$client" first c1 10.0.1
wire "$client" second c2 10.0.2
wire "$one" eth0 e1 10.0.3
wire "$two" eth0 e2 10.0.4
on "$client" ip route add default via 10.0.1.1
on "$client" ip route add default via 10.0.2.1 table 2
on "$client" ip rule add from 10.0.2.2 lookup 2
on "$one" ip route add default via 10.0.3.1
on "$two" ip route add default via 10.0.4.1
ip netns exec "$node" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
for name in "$client" "$one" "$two"; do on "$name" ip mptcp limits set subflow 2; done
on "$client" ip mptcp endpoint add 10.0.2.2 dev second subflow

for name in "$one" "$two"; do
  ip netns exec "$name" python3 -c '
import socket, threading
def echo(connection):
    while data := connection.recv(99):
        connection.sendall(data)
server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
server.bind(("0.0.0.0", 80))
server.listen()
while True:
    threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()
' &
  servers+=($!)
done

rules() { # how an endpoint is chosen
  ip netns exec "$node" env LD_LIBRARY_PATH="$libraries" "$(program nft)" -f - <<NFT
flush ruleset
table ip nat {
  chain prerouting {
    type nat hook prerouting priority -100
    ip daddr 10.96.0.1 tcp dport 80 dnat to $1
  }
}
NFT
}
connect() { # prints the number of additional subflows and whether a later message is answered
  ip netns exec "$client" python3 -c '
import socket, time
for attempt in range(50):
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    try:
        connection.connect(("10.96.0.1", 80))
        break
    except OSError:
        time.sleep(0.1)
connection.settimeout(5)
for attempt in range(20):
    connection.sendall(b"x")
    connection.recv(1)
    time.sleep(0.05)
info = connection.getsockopt(284, 1, 64)  # SOL_MPTCP, MPTCP_INFO
connection.sendall(b"y")
print(info[0], "answered" if connection.recv(1) == b"y" else "lost")
'
}
unknown() { # joins that found no connection
  local name total=0 count
  for name in "$one" "$two"; do
    count=$(ip netns exec "$name" awk '$1 == "MPTcpExt:" && !n { split($0, names); n = 1; next }
      $1 == "MPTcpExt:" { for (i in names) if (names[i] == "MPJoinNoTokenFound") print $i }' /proc/net/netstat)
    total=$((total + count))
  done
  echo "$total"
}

rules 10.0.3.2
alone=$(connect)
before=$(unknown)
rules 'numgen inc mod 2 map { 0 : 10.0.3.2, 1 : 10.0.4.2 }'
balanced=$(connect)
joins=$(($(unknown) - before))
echo "one endpoint: additional subflows and a later message: $alone"
echo "two endpoints in turn: $balanced; joins that the other endpoint did not know: $joins"
[[ $alone == '1 answered' && $balanced == '0 answered' && $joins -ge 1 ]] || { echo "not so any more" >&2; exit 1; }
echo "as described: the second path is missing, and no error tells"
