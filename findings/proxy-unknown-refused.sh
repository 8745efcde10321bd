#!/usr/bin/env bash
# Apache and Varnish close a connection that begins with a valid PROXY header of version 1 for an unknown protocol.
#
# One would expect: "PROXY UNKNOWN", alone or with anything behind it on its line, opens a connection whose client is the sender. The protocol's
#                   text has receivers take it: it is what a sender uses for its own checks, and for clients that are neither TCP4 nor TCP6.
# What happens:     Apache httpd 2.4.71 (mod_remoteip) answers the long form and closes at the short one. Varnish 7.1.1 closes at both. HAProxy
#                   2.6 does the opposite of Apache, so that no form of it is taken by all. Both take the same statement in version 2, LOCAL.
# Affected:         load balancers and proxies that check such a server, or relay a Unix socket to it, by version 1.
#
# Takes Debian 12's package archive, gcc (Varnish compiles its configuration) and python3; no root.
set -euo pipefail

folder=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" || true; wait "$pid" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"
packages=(apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1
          varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1 libjemalloc2=5.3.0-1)
apt-get -qq -o APT::Sandbox::User= download "${packages[@]}" >apt.log 2>&1 || { cat apt.log >&2; exit 2; }
for package in *.deb; do
  dpkg -x "$package" root
done
libraries=$(echo "$folder"/root/usr/lib/*-linux-gnu)
mkdir -p pages varnish
echo served >pages/index.html
port=$((20000 + RANDOM % 10000))
cat >httpd.conf <<CONF
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$port
PidFile $folder/httpd.pid
ErrorLog $folder/httpd.log
LoadModule mpm_event_module $folder/root/usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module $folder/root/usr/lib/apache2/modules/mod_authz_core.so
LoadModule remoteip_module $folder/root/usr/lib/apache2/modules/mod_remoteip.so
DocumentRoot $folder/pages
RemoteIPProxyProtocol On
CONF
cat >a.vcl <<'VCL'
vcl 4.1;
backend default none;
sub vcl_recv { return (synth(200)); }
VCL
LD_LIBRARY_PATH=$libraries root/usr/sbin/apache2 -f "$folder/httpd.conf" -D FOREGROUND &
pids+=($!)
LD_LIBRARY_PATH=$libraries:$libraries/varnish root/usr/sbin/varnishd -F -f "$folder/a.vcl" -a "127.0.0.1:$((port + 1)),PROXY" -n "$folder/varnish" \
  -s malloc,10m -p vmod_path="$libraries/varnish/vmods" >varnish.log 2>&1 &
pids+=($!)
cat >ask.py <<'PY'
import socket, sys, time

def ask(port, header):
    for _ in range(100):
        try:
            connection = socket.create_connection(("127.0.0.1", port))
            break
        except ConnectionRefusedError:
            time.sleep(0.2)
    with connection:
        connection.settimeout(10)
        connection.sendall(header + b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        try:
            answer = connection.recv(1000)
        except ConnectionResetError:
            answer = b""
        return answer[9:12].decode() if answer else "closed"

local = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"
headers = {
    "PROXY TCP4 …": b"PROXY TCP4 192.0.2.7 192.0.2.8 12345 80\r\n",
    "PROXY UNKNOWN": b"PROXY UNKNOWN\r\n",
    "PROXY UNKNOWN …": b"PROXY UNKNOWN 192.0.2.7 192.0.2.8 12345 80\r\n",
    "LOCAL (version 2)": local,
}
port = int(sys.argv[1])
seen = {name: (ask(port, header), ask(port + 1, header)) for name, header in headers.items()}
for name, (apache, varnish) in seen.items():
    print(f"{name:18} httpd: {apache:6} varnish: {varnish}")
sys.exit(list(seen.values()) != [("200", "200"), ("closed", "closed"), ("200", "closed"), ("200", "200")])
PY
for package in apache2-bin varnish; do
  dpkg-deb -W --showformat='${Package} ${Version}\n' "$package"_*.deb
done
python3 ask.py "$port" || { echo "not seen any more" >&2; exit 1; }
