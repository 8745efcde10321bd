#!/usr/bin/env bash
# Who listens to connection-tracking events is never told that a connection ended which began before.
#
# Guessed: a subscription to DESTROY tells of each connection that ends from then on, whenever it began; `conntrack -L` before it and
#          events after it make a complete picture.
# What happens: since Linux 5.19 the sysctl nf_conntrack_events is 2 by default: a connection gets what events need when it begins, and
#          only if a program listens in its network namespace at that time. One from before has no events for the rest of its life: no
#          UPDATE, no DESTROY, not even for later listeners. With 1 it has.
# Affected:    monitors, accounting by DESTROY (bytes per connection), mirrors of the table for a fail-over: after each restart of
#          theirs the long connections, those that matter most, are open for ever or never were.
#
# Takes root, Debian 12 or 13 with apt, Linux 5.19, python3. Ten seconds.
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
host=told$$
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

tool() { ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/$1" "${@:2}"; }
uname -sr
LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/conntrack" --version

# One connection from before the listener, from port 1001, and one from after it, from port 1002; both end after it.
told() { # value for the sysctl, or nothing
  ip netns add "$host"
  ip netns exec "$host" ip link set lo up
  tool nft -f - <<'RULES'
table ip tracked {
  chain output {
    type filter hook output priority 0;
    ct state new counter
  }
}
RULES
  [[ -z $1 ]] || ip netns exec "$host" sysctl -qw "net.netfilter.nf_conntrack_events=$1"
  echo "# nf_conntrack_events = $(ip netns exec "$host" sysctl -n net.netfilter.nf_conntrack_events)"
  ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" python3 -c '
import socket, subprocess, sys, time
server = socket.create_server(("127.0.0.1", 80))
def connect(port):
    client = socket.socket()
    client.bind(("127.0.0.1", port))
    client.connect(("127.0.0.1", 80))
    return client, server.accept()[0]
before = connect(1001)
listener = subprocess.Popen([sys.argv[1], "-E"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
time.sleep(1)
after = connect(1002)
for pair in before, after:
    for end in pair:
        end.close()
for port in "1001", "1002":
    subprocess.run([sys.argv[1], "-D", "-p", "tcp", "--sport", port], capture_output=True, check=True)
time.sleep(1)
listener.terminate()
for line in listener.stdout:
    words = line.split()
    print(words[0], next(word for word in words if word.startswith("sport=")))
' "$folder/pkg/usr/sbin/conntrack" | sort | uniq -c | tee "$folder/told"
  ip netns del "$host"
}
result=0
expect() { # how many events of the sort, sort
  local seen
  seen=$(awk -v sort="$2" '$2 " " $3 == sort { print $1 }' "$folder/told")
  [[ ${seen:-0} == "$1" ]] || { echo "not so any more: $1 times $2 was expected" >&2; result=1; }
}
told ''
expect 0 '[DESTROY] sport=1001'
expect 1 '[DESTROY] sport=1002'
told 1
expect 1 '[DESTROY] sport=1001'
expect 1 '[DESTROY] sport=1002'
exit $result
