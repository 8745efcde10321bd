#!/usr/bin/env bash
# HAProxy and nginx's stream proxy pass an endpoint's reset on as an orderly end: half an answer looks like a whole one.
#
# Guessed: a proxy that carries TCP passes on how a connection ended: an endpoint that dies amid its answer resets, and the client sees
#          a reset after what had arrived.
# What happens: the client gets the half that had arrived, and then the same end as after a whole answer. The other way round HAProxy does pass a
#          client's reset on, nginx does not, with `proxy_half_close` neither.
#          systemd-socket-proxyd hides both as well. HAProxy 2.6 and 3.0, nginx 1.22 and 1.26.
# Affected: protocols in which the end of the connection is the end of the text: HTTP/1.0 without a length, whois, dumps and logs that are piped
#          through netcat: what is cut off is taken for complete.
#
# Takes Debian 12 or 13 with apt, python3; no root. Twenty seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(systemd=252.39-1~deb12u2 libsystemd-shared=252.39-1~deb12u2 nginx=1.22.1-9+deb12u11 libnginx-mod-stream=1.22.1-9+deb12u11
                      haproxy=2.6.12-1+deb12u4 liblua5.3-0=5.3.6-2 libpcre2-8-0=10.42-1+deb12u2
                      libopentracing-c-wrapper0=1.1.3-3+b1 libopentracing1=1.6.0-4) ;;
  trixie) packages=(systemd=257.13-1~deb13u1 libsystemd-shared=257.13-1~deb13u1 nginx=1.26.3-3+deb13u10 libnginx-mod-stream=1.26.3-3+deb13u10
                    haproxy=3.0.11-1+deb13u4 liblua5.4-0=5.4.7-1+b2 libpcre2-8-0=10.46-1~deb13u3 libjemalloc2=5.3.0-3
                    libopentracing-c-wrapper0t64=1.1.3-3.1+b1 libopentracing1=1.6.0-4+b2) ;;
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

# Stdout of this is one line for each proxy: what the other side sees when one resets amid its text.
LD_LIBRARY_PATH=$libraries python3 - <<'PY' | tee seen
import glob, os, socket, struct, subprocess, threading, time


def rest(connection):
    connection.settimeout(10)
    text = ""
    try:
        while data := connection.recv(99):
            text += data.decode()
        return text + ", end"
    except OSError as e:
        return text + ", " + e.__class__.__name__


def reset(connection):
    connection.sendall(b"half")
    time.sleep(0.5)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


got = []


def serve(behaviour):
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            threading.Thread(target=behaviour, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return server.getsockname()[1]


def free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def connect(port):
    for attempt in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port), 10)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit("no listener on %d" % port)


def endpoint_resets(port):
    with connect(port) as connection:
        return rest(connection)


def client_resets(port):
    got.clear()
    reset(connect(port))
    for attempt in range(100):
        if got:
            return got[0]
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
    proxy_half_close on;
  }}
}}
""")],
    "systemd-socket-proxyd": lambda port, to: [program("systemd-socket-activate"), "-l", f"127.0.0.1:{port}", program("systemd-socket-proxyd"),
                                               f"127.0.0.1:{to}"],
}
to_reset, to_rest = serve(reset), serve(lambda connection: got.append(rest(connection)))
print(f"without a proxy: the endpoint resets, the client gets: {endpoint_resets(to_reset)}; the client does, the endpoint gets: {client_resets(to_rest)}")
for name, command in proxies.items():
    seen = []
    for to, scene in ((to_reset, endpoint_resets), (to_rest, client_resets)):
        port = free()
        process = subprocess.Popen(command(port, to), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            seen.append(scene(port))
        finally:
            process.terminate()
            process.wait()
    print(f"{name}: the endpoint resets, the client gets: {seen[0]}; the client does, the endpoint gets: {seen[1]}", flush=True)
PY
result=0
expect() { # proxy, what the client gets, what the endpoint gets
  grep -qxF "$1: the endpoint resets, the client gets: $2; the client does, the endpoint gets: $3" seen ||
    { echo "not so any more: $*" >&2; result=1; }
}
expect 'without a proxy' 'half, ConnectionResetError' 'half, ConnectionResetError'
expect haproxy 'half, end' 'half, ConnectionResetError'
expect nginx 'half, end' 'half, end'
expect systemd-socket-proxyd 'half, end' 'half, end'
exit $result
