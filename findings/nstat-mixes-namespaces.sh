#!/usr/bin/env bash
# nstat, asked in two network namespaces in turn, tells the difference between the namespaces' counters for what happened since the last time.
#
# Guessed: the increments since the previous use are those of the namespace that it is run in.
# What happens: the values of the last run are kept once per user. Run in another namespace nstat subtracts those of the first: of 100 datagrams that were
#          sent there it tells none, because the first had sent 1,000; back in the first it reports 900 that were never sent. Nothing says that
#          the values are of another namespace. With a file of its own for each (NSTAT_HISTORY), or without increments (-a), all is as
#          expected. iproute2 6.1 and 6.15.
# Affected: searches for lost packets, pod by pod, with `ip netns exec` or nsenter: real drops are not shown, and others are.
#
# Takes root, Debian 12 or 13 with apt, python3. Five seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(iproute2=6.1.0-3 libbpf1=1:1.1.2-0+deb12u1 libmnl0=1.0.4-3) ;;
  trixie) packages=(iproute2=6.15.0-1 libbpf1=1:1.5.0-3 libmnl0=1.0.5-3) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d /var/tmp/nstat.XXXXXX) # not below /tmp, over which a folder is mounted
host=stat$$
# shellcheck disable=SC2317 # by the trap
cleanup() {
  for name in one two; do ip netns del "$host$name" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap cleanup EXIT
mkdir "$folder/packages" "$folder/tmp"
chmod 755 "$folder"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/pkg"; done
libraries=$(find "$folder/pkg" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)
program=$(find "$folder/pkg" -path '*bin/nstat' -type f)
LD_LIBRARY_PATH=$libraries "$program" -V 2>&1
uname -sr

told() { # namespace, its history's file, if it has one of its own: datagrams sent since the last time
  local history=()
  [[ -z $2 ]] || history=(NSTAT_HISTORY="$folder/$2")
  # The default history is below /tmp. What is mounted in `ip netns exec` is gone with it.
  ip netns exec "$host$1" sh -c 'mount --bind "$0/tmp" /tmp && exec "$@"' "$folder" \
    env -u NSTAT_HISTORY LD_LIBRARY_PATH="$libraries" "${history[@]}" "$program" >"$folder/said"
  awk 'BEGIN { n = 0 } $1 == "UdpOutDatagrams" { n = $2 } END { print n }' "$folder/said"
}
send() { # namespace, datagrams
  ip netns exec "$host$1" python3 -c '
import socket, sys
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for datagram in range(int(sys.argv[1])):
    sender.sendto(b"x", receiver.getsockname())
' "$2"
}
try() { # what, the history of each namespace
  local seen=()
  for name in one two; do
    ip netns del "$host$name" 2>/dev/null || true
    ip netns add "$host$name"
    ip netns exec "$host$name" ip link set lo up
  done
  told one "$2" >/dev/null
  told two "$3" >/dev/null
  send one 1000
  send two 100
  seen+=("$(told one "$2")" "$(told two "$3")")
  seen+=("$(told one "$2")" "$(told two "$3")")
  echo "$1: after 1000 were sent in one and 100 in two: ${seen[0]} and ${seen[1]}; after none: ${seen[2]} and ${seen[3]}"
}
shared=$(try 'by default' '' '')
own=$(try 'a history each' one two)
printf '%s\n' "$shared" "$own"
[[ $shared == *': 1000 and 0; after none: 900 and 0' && $own == *': 1000 and 100; after none: 0 and 0' ]] || { echo "not so any more" >&2; exit 1; }
