#!/usr/bin/env bash
# HAProxy, nginx's stream proxy and socat lose a byte that was sent as urgent; after it systemd-socket-proxyd passes nothing on.
#
# Guessed: what a client sends as urgent (MSG_OOB) is part of its stream of bytes (RFC 6093, section 3.2), so a proxy passes it on in its
#          place, as urgent or not.
# What happens: of "abc", "X" as urgent and "def" the endpoint gets "abcdef" through HAProxy, nginx and socat, which do not set SO_OOBINLINE,
#          and read nothing of it. Through systemd-socket-proxyd it gets "abc" and then the end of the stream: splice(2) stops at the urgent
#          byte with 0, which the proxy takes for the end. HAProxy 2.6 and 3.0, nginx 1.22 and 1.26, socat 1.7 and 1.8, systemd 252 and 257.
# Affected: telnet, rlogin, FTP's ABOR, Oracle clients that interrupt a query and debuggers, behind a proxy that carries TCP: a break is lost,
#          or the connection.
#
# Takes Debian 12 or 13 with apt, python3; no root. Twenty seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(systemd=252.39-1~deb12u2 libsystemd-shared=252.39-1~deb12u2 nginx=1.22.1-9+deb12u11 libnginx-mod-stream=1.22.1-9+deb12u11
                      haproxy=2.6.12-1+deb12u4 liblua5.3-0=5.3.6-2 libpcre2-8-0=10.42-1+deb12u2
                      libopentracing-c-wrapper0=1.1.3-3+b1 libopentracing1=1.6.0-4 socat=1.7.4.4-2 libwrap0=7.6.q-32) ;;
  trixie) packages=(systemd=257.13-1~deb13u1 libsystemd-shared=257.13-1~deb13u1 nginx=1.26.3-3+deb13u10 libnginx-mod-stream=1.26.3-3+deb13u10
                    haproxy=3.0.11-1+deb13u4 liblua5.4-0=5.4.7-1+b2 libpcre2-8-0=10.46-1~deb13u3 libjemalloc2=5.3.0-3
                    libopentracing-c-wrapper0t64=1.1.3-3.1+b1 libopentracing1=1.6.0-4+b2 socat=1.8.0.3-1+deb13u1 libwrap0=7.6.q-36) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 777 .
apt-get -qq download "${packages[@]}"
for package in *.deb; do
  echo "$package" | sed 's/_[a-z0-9]*\.deb//; s/%3a/:/' | grep -v '^lib' || true
  dpkg-deb -x "$package" pkg
done
libraries=$(find "$folder/pkg" -name 'lib*.so*' -printf '%h\n' | sort -u | paste -sd:)

# Stdout of this is one line for each proxy: what the endpoint gets.
LD_LIBRARY_PATH=$libraries python3 - <<'PY' | tee seen
import glob, os, socket, subprocess, threading, time

got = []


def read(connection):
    connection.settimeout(3)
    text = ""
    try:
        while True:
            try:
                text += "<" + connection.recv(1, socket.MSG_OOB).decode() + ">"
            except OSError:
                pass  # nothing urgent now
            data = connection.recv(99)
            if not data:
                return text + ", end"
            text += data.decode()
    except OSError as e:
        return text + ", " + e.__class__.__name__


def serve():
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            got.append(read(server.accept()[0]))

    threading.Thread(target=accept, daemon=True).start()
    return server.getsockname()[1]


def free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def send(port):
    for attempt in range(100):
        try:
            connection = socket.create_connection(("127.0.0.1", port), 10)
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    with connection:
        for data, flags in ((b"abc", 0), (b"X", socket.MSG_OOB), (b"def", 0)):
            connection.send(data, flags)
            time.sleep(0.3)
        connection.shutdown(socket.SHUT_WR)
        for attempt in range(100):
            if got:
                return got.pop()
            time.sleep(0.1)
    return "nothing"


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


def program(name):
    return glob.glob("pkg/**/" + name, recursive=True)[0]


proxies = {
    "haproxy": lambda port, to: [program("sbin/haproxy"), "-db", "-f", write(f"haproxy.{port}", f"""
defaults
  mode tcp
  timeout connect 5s
  timeout client 20s
  timeout server 20s
listen proxy
  bind 127.0.0.1:{port}
  server endpoint 127.0.0.1:{to}
""")],
    "nginx": lambda port, to: [program("sbin/nginx"), "-e", "stderr", "-p", os.getcwd(), "-c", write(f"nginx.{port}", f"""
load_module {os.getcwd()}/{program("ngx_stream_module.so")};
daemon off;
master_process off;
pid nginx.pid;
events {{}}
stream {{
  server {{
    listen 127.0.0.1:{port};
    proxy_pass 127.0.0.1:{to};
  }}
}}
""")],
    "systemd-socket-proxyd": lambda port, to: [program("systemd-socket-activate"), "-l", f"127.0.0.1:{port}", program("systemd-socket-proxyd"),
                                               f"127.0.0.1:{to}"],
    "socat": lambda port, to: [program("bin/socat"), f"TCP-LISTEN:{port},bind=127.0.0.1,fork", f"TCP:127.0.0.1:{to}"],
}
endpoint = serve()
print(f"without a proxy: {send(endpoint)}")
for name, command in proxies.items():
    port = free()
    process = subprocess.Popen(command(port, endpoint), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        print(f"{name}: {send(port)}", flush=True)
    finally:
        process.terminate()
        process.wait()
PY
result=0
expect() { # proxy, what the endpoint gets
  grep -qxF "$1: $2" seen || { echo "not so any more: $*" >&2; result=1; }
}
expect 'without a proxy' 'abc<X>def, end'
expect haproxy 'abcdef, end'
expect nginx 'abcdef, end'
expect systemd-socket-proxyd 'abc, end'
expect socat 'abcdef, end'
exit $result
