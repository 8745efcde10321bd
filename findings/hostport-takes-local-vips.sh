#!/usr/bin/env bash
# A pod's hostPort (CNI's portmap plugin) takes the connections of every Service of that port whose virtual address the node owns.
#
# Guessed: hostPort 80 of a pod is port 80 of the node's own addresses; a Service's address, port 80, goes to the Service.
# What happens: the plugin translates whatever is addressed to this machine (`addrtype --dst-type LOCAL`), whichever address it is. A proxy
#          that puts virtual addresses on the node (on a dummy or the loopback interface: IPVS as kube-proxy sets it up, keepalived, any
#          proxy with sockets) makes them LOCAL: the pod with the hostPort answers for all Services of that port on that node, for the
#          node's own clients and pods. On nodes without that pod everything is right. Plugins 1.1.1; iptables of the host.
# Affected:    a node with an ingress controller on hostPort 80 and 443: Services of port 80 and 443 dialed from there reach the ingress
#          controller, the API server's (10.96.0.1:443) too.
#
# Takes root, Debian 12 or 13 with apt, iptables, python3. Five seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) package=containernetworking-plugins=1.1.1+ds1-3+b5 ;;
  trixie) package=containernetworking-plugins=1.1.1+ds1-3+b17 ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
node=hpnode$$ pod=hppod$$
servers=()
# shellcheck disable=SC2317 # by the trap
cleanup() {
  [[ ${#servers[@]} -eq 0 ]] || kill "${servers[@]}" 2>/dev/null || true
  ip netns del "$node" 2>/dev/null || true
  ip netns del "$pod" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
mkdir "$folder/packages"
chmod 755 "$folder"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "$package")
dpkg-deb -x "$folder"/packages/*.deb "$folder/pkg"

# The node has an address of its own and a Service's, which a proxy with sockets answers; a pod listens on 8080.
ip netns add "$node"
ip netns add "$pod"
ip -n "$node" link set lo up
ip -n "$node" link add pod0 type veth peer name eth0 netns "$pod"
ip -n "$node" addr add 10.244.1.1/24 dev pod0
ip -n "$node" link set pod0 up
ip -n "$node" addr add 192.0.2.1/32 dev lo
ip -n "$node" addr add 10.96.0.1/32 dev lo
ip -n "$pod" addr add 10.244.1.5/24 dev eth0
ip -n "$pod" link set eth0 up
ip -n "$pod" link set lo up
ip -n "$pod" route add default via 10.244.1.1
cat >"$folder/serve.py" <<'PYTHON'
import socket, sys
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    client, _ = server.accept()
    client.sendall(sys.argv[3].encode())
    client.close()
PYTHON
serve() { # namespace, address, port, what to say
  ip netns exec "$1" python3 "$folder/serve.py" "${@:2}" >"$folder/$4" &
  servers+=($!)
  until [[ -s $folder/$4 ]]; do sleep 0.1; kill -0 $!; done
}
serve "$node" 10.96.0.1 443 service
serve "$pod" 10.244.1.5 8080 pod
dial() {
  ip netns exec "$node" python3 -c 'import socket; print(socket.create_connection(("10.96.0.1", 443), 5).recv(9).decode())'
}

echo "$package"
ip netns exec "$node" iptables --version
before=$(dial)
echo "10.96.0.1:443 without a hostPort: $before"
ip netns exec "$node" env CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS=/var/run/netns/"$pod" CNI_IFNAME=eth0 CNI_PATH="$folder/pkg/usr/lib/cni" \
  "$folder/pkg/usr/lib/cni/portmap" >/dev/null <<'JSON'
{"cniVersion": "0.4.0", "name": "pods", "type": "portmap", "capabilities": {"portMappings": true},
 "runtimeConfig": {"portMappings": [{"hostPort": 443, "containerPort": 8080, "protocol": "tcp"}]},
 "prevResult": {"cniVersion": "0.4.0", "interfaces": [{"name": "eth0", "sandbox": "/x"}],
                "ips": [{"version": "4", "address": "10.244.1.5/24", "interface": 0}]}}
JSON
ip netns exec "$node" iptables -t nat -S PREROUTING
ip netns exec "$node" iptables -t nat -S OUTPUT
after=$(dial)
echo "10.96.0.1:443 with a pod of hostPort 443: $after"
[[ $before == service && $after == pod ]] || { echo "not so any more" >&2; exit 1; }
