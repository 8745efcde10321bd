#!/usr/bin/env bash
# systemd-socket-proxyd, rinetd, redir and 6tunnel close a connection in both directions as soon as one side has no more to send.
#
# Guessed: a TCP proxy passes the end of each direction on by itself. A client that sends its request, closes its sending side (shutdown(SHUT_WR),
#          `nc -N`) and waits gets its answer; an endpoint that ends its answer first still gets what the client sends.
# What happens: with these four the client gets an end in place of the answer, at once, and the endpoint's answer goes nowhere; what a client sends after the
#          endpoint's end is lost, and its sender gets "Broken pipe". None of the four has an option for it. HAProxy passes both ends on.
#          Debian 12's and 13's versions.
# Affected: services behind one of them that read to the end of the request: the request arrives whole and is carried out,
#          the client gets nothing and tries again.
#
# Takes Debian 12 or 13 with apt, python3; no root. Twenty seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(systemd=252.39-1~deb12u2 libsystemd-shared=252.39-1~deb12u2 rinetd=0.73-1 redir=3.3-1 6tunnel=1:0.13-2
                      haproxy=2.6.12-1+deb12u4 liblua5.3-0=5.3.6-2 libpcre2-8-0=10.42-1+deb12u2
                      libopentracing-c-wrapper0=1.1.3-3+b1 libopentracing1=1.6.0-4) ;;
  trixie) packages=(systemd=257.13-1~deb13u1 libsystemd-shared=257.13-1~deb13u1 rinetd=0.73-2 redir=3.3-1 6tunnel=1:0.13-4
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

# Stdout of this is one line for each proxy: what the client got that half-closed, what the endpoint got that did.
LD_LIBRARY_PATH=$libraries python3 - <<'PY' | tee seen
import glob, socket, subprocess, threading, time


def rest(connection):
    connection.settimeout(10)
    text = ""
    try:
        while data := connection.recv(99):
            text += data.decode()
        return text + ", end"
    except OSError as e:
        return text + ", " + e.__class__.__name__


got = []


def answer(connection):  # reads all of the request first
    got.append(rest(connection))
    time.sleep(0.5)
    try:
        connection.sendall(b"answer")
    except OSError:
        pass
    connection.close()


def end(connection):  # ends first, then listens
    connection.sendall(b"answer")
    connection.shutdown(socket.SHUT_WR)
    got.append(rest(connection))
    connection.close()


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


def client_ends(port):
    got.clear()
    with connect(port) as connection:
        connection.sendall(b"request")
        connection.shutdown(socket.SHUT_WR)
        text = rest(connection)
    for attempt in range(50):
        if got:
            break
        time.sleep(0.1)
    return text + " (to " + "".join(got) + ")"


def endpoint_ends(port):
    got.clear()
    with connect(port) as connection:
        rest(connection)
        sent = ""
        try:
            for part in ("more", "evenmore"):
                connection.sendall(part.encode())
                time.sleep(0.3)
        except OSError as e:
            sent = ", the client " + e.__class__.__name__
    for attempt in range(100):
        if got:
            return got[0] + sent
        time.sleep(0.1)
    return "nothing"


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


def program(name):
    return glob.glob("pkg/**/" + name, recursive=True)[0]


proxies = {
    "systemd-socket-proxyd": lambda port, to: [program("systemd-socket-activate"), "-l", f"127.0.0.1:{port}", program("systemd-socket-proxyd"),
                                               f"127.0.0.1:{to}"],
    "rinetd": lambda port, to: [program("sbin/rinetd"), "-f", "-c", write(f"rinetd.{port}", f"127.0.0.1 {port} 127.0.0.1 {to}\n")],
    "redir": lambda port, to: [program("bin/redir"), "-n", f"127.0.0.1:{port}", f"127.0.0.1:{to}"],
    "6tunnel": lambda port, to: [program("bin/6tunnel"), "-d", "-4", "-l", "127.0.0.1", str(port), "127.0.0.1", str(to)],
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
}
to_answer, to_end = serve(answer), serve(end)
print(f"without a proxy: the client ends first, it gets: {client_ends(to_answer)}; the endpoint does, it gets: {endpoint_ends(to_end)}")
for name, command in proxies.items():
    seen = []
    for to, scene in ((to_answer, client_ends), (to_end, endpoint_ends)):
        port = free()
        process = subprocess.Popen(command(port, to), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            seen.append(scene(port))
        finally:
            process.terminate()
            process.wait()
    print(f"{name}: the client ends first, it gets: {seen[0]}; the endpoint does, it gets: {seen[1]}", flush=True)
PY
result=0
expect() { # proxy, what the client gets, the beginning of what the endpoint gets
  grep -q "^$1: the client ends first, it gets: $2; the endpoint does, it gets: $3" seen || { echo "not so any more: $*" >&2; result=1; }
}
expect 'without a proxy' 'answer, end (to request, end)' 'moreevenmore, end'
expect haproxy 'answer, end (to request, end)' 'moreevenmore, end'
for proxy in systemd-socket-proxyd rinetd redir 6tunnel; do expect "$proxy" ', end (to request, end)' ', end'; done
exit $result
