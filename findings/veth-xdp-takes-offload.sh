#!/usr/bin/env bash
# One would expect that an XDP program which passes every frame changes nothing but a little CPU time. On an interface of a veth pair,
# in native mode, it takes segmentation offload away from the other end: a pod's TCP connections, all of them, go out in frames of
# 1514 bytes where they went in frames of up to 64 KiB, as long as it is attached.
#
# Affected: nodes that attach XDP to pods' interfaces for a few packets (filters, load balancers, AF_XDP): all their TCP gets slower.
#
# root; Debian 12 or 13, Linux 5.13 or later, python3, iproute2
set -euo pipefail

[[ $(id -u) == 0 ]] || { echo "needs root"; exit 2; }
folder=$(mktemp -d)
ns=findxdp$$
trap 'ip netns del "$ns-pod" 2>/dev/null || true; ip netns del "$ns-node" 2>/dev/null || true; rm -rf "$folder"' EXIT
uname -r
ip -V

ip netns add "$ns-pod"
ip netns add "$ns-node"
ip -n "$ns-node" link add pod0 type veth peer name eth0 netns "$ns-pod"
ip -n "$ns-node" addr add 10.77.0.1/24 dev pod0
ip -n "$ns-pod" addr add 10.77.0.2/24 dev eth0
ip -n "$ns-node" link set pod0 up
ip -n "$ns-pod" link set eth0 up

cat >"$folder/attach.py" <<'PYTHON'
"""Attaches a program that passes everything to pod0, by bpf(2) alone, and detaches it when its input ends."""
import ctypes, os, platform, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
def bpf(command, *fields):
    attributes = ctypes.create_string_buffer(128)
    for offset, form, value in fields:
        struct.pack_into(form, attributes, offset, value)
    fd = libc.syscall(321 if platform.machine() == 'x86_64' else 280, command, attributes, 128)
    if fd < 0:
        sys.exit('bpf(%d): %s' % (command, os.strerror(ctypes.get_errno())))
    return fd
code = ctypes.create_string_buffer(struct.pack('<BBhiBBhi', 0xb7, 0, 0, 2, 0x95, 0, 0, 0))  # r0 = XDP_PASS; exit
licence = ctypes.create_string_buffer(b'GPL')
program = bpf(5, (0, 'I', 6), (4, 'I', 2), (8, 'Q', ctypes.addressof(code)), (16, 'Q', ctypes.addressof(licence)), (68, 'I', 37))
link = bpf(28, (0, 'I', program), (4, 'I', socket.if_nametoindex('pod0')), (8, 'I', 37), (12, 'I', 4))  # XDP_FLAGS_DRV_MODE
print('attached', flush=True)
sys.stdin.read()
PYTHON

cat >"$folder/receive.py" <<'PYTHON'
import socket
with socket.create_server(('10.77.0.1', 5001)) as server:
    print('listening', flush=True)
    connection, _ = server.accept()
    while connection.recv(1 << 20):
        pass
PYTHON

cat >"$folder/send.py" <<'PYTHON'
import socket
with socket.create_connection(('10.77.0.1', 5001)) as connection:
    for _ in range(64):
        connection.sendall(bytes(1 << 20))
PYTHON

counter() { ip netns exec "$ns-pod" cat /proc/net/dev | awk -v field="$1" '$1 == "eth0:" { print $field }'; }

# Bytes for each frame that the pod sends, of 64 MiB by TCP.
bytes_per_frame() {
  local bytes frames receiver line
  coproc RECEIVER { exec ip netns exec "$ns-node" python3 "$folder/receive.py"; }
  receiver=$RECEIVER_PID
  read -r line <&"${RECEIVER[0]}"
  bytes=$(counter 10) frames=$(counter 11)
  ip netns exec "$ns-pod" python3 "$folder/send.py"
  wait "$receiver"
  echo $((($(counter 10) - bytes) / ($(counter 11) - frames)))
}

before=$(bytes_per_frame)
echo "without a program: $before bytes for each frame"
mkfifo "$folder/hold"
ip netns exec "$ns-node" python3 "$folder/attach.py" <"$folder/hold" >"$folder/said" &
attached=$!
exec {hold}>"$folder/hold"
for _ in {1..100}; do
  [[ -s $folder/said ]] && break
  kill -0 "$attached" # or it failed, and said why
  sleep 0.1
done
with=$(bytes_per_frame)
echo "with one that passes everything: $with bytes for each frame"
exec {hold}>&-
wait "$attached"
after=$(bytes_per_frame)
echo "after it: $after bytes for each frame"
((before > 10000 && with <= 1514 && after > 10000)) || { echo "it has changed"; exit 1; }
echo "as described"
