#!/usr/bin/env bash
# nft 1.0.6 lists a table with the flags owner and persist such that the listing loses it when it is loaded again, or can't be loaded.
#
# One would expect: a flag that nft does not know yet is printed as a number, or refused; what "nft list ruleset" prints, "nft -f" takes.
# What happens:     while its owner lives the table is listed as "flags owner". Loading that exits with 0, and the table is gone: it
#                   belongs to the nft that loaded it. Once the owner has ended the line is "flags" with nothing behind it, and
#                   loading fails with a syntax error, for the whole listing and all other tables in it.
# Affected:         backups of the ruleset by Debian 12's nft where a daemon built on a newer one keeps such a table
#                   (the kernel has persist since Linux 6.9), and restores it at boot.
#
# Takes root, Debian 12 with apt, Linux 6.9, python3.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libjansson4=2.14-2
                      libedit2=3.1-20221030-2 libmnl0=1.0.4-3 libbsd0=0.11.7-2 libxtables12=1.8.9-2) ;;
  *) echo "this takes Debian 12" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
host=persist$$
owner=
# shellcheck disable=SC2317 # by the trap
cleanup() {
  [[ -z $owner ]] || kill "$owner" 2>/dev/null || true
  ip netns del "$host" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
mkdir "$folder/packages"
chmod 755 "$folder"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/pkg"; done
libraries=$(find "$folder/pkg" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)
nft() { ip netns exec "$host" env LD_LIBRARY_PATH="$libraries" "$folder/pkg/usr/sbin/nft" "$@"; }
ip netns add "$host"
nft --version
uname -sr
python3 --version

# Makes the table "ip shop" with both flags, says so, and owns it until it is ended.
cat >"$folder/owner.py" <<'PYTHON'
import signal, socket, struct

def message(kind, flags, family, subsystem, body=b""):
    data = struct.pack("=BBH", family, 0, socket.htons(subsystem)) + body
    return struct.pack("=IHHII", 16 + len(data), kind, flags, 1, 0) + data

def attribute(kind, value):
    data = struct.pack("=HH", 4 + len(value), kind) + value
    return data + b"\0" * (-len(data) % 4)

nftables = 10                                            # NFNL_SUBSYS_NFTABLES
table = attribute(1, b"shop\0") + attribute(2, struct.pack("!I", 2 | 4))  # owner, persist
kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
kernel.bind((0, 0))
kernel.send(message(0x10, 1, 0, nftables) + message(nftables << 8, 0x405, 2, 0, table) + message(0x11, 1, 0, nftables))
answer = kernel.recv(4096)
error = struct.unpack_from("=i", answer, 16)[0]
print("made" if error == 0 else f"error {error}", flush=True)
signal.pause()
PYTHON
mkfifo "$folder/said"
ip netns exec "$host" python3 "$folder/owner.py" >"$folder/said" &
owner=$!
read -r said <"$folder/said"
[[ $said == made ]] || { echo "this kernel does not take the flags: $said" >&2; exit 2; }

nft list ruleset | tee "$folder/owned"
kill "$owner"
wait "$owner" || true
owner=
nft list ruleset | tee "$folder/orphaned"
nft delete table ip shop
code=0
nft -f "$folder/owned" || code=$?
left=$(nft list tables)
echo "loading the first: exit code $code, tables then: ${left:-none}"
refusal=0
nft -f "$folder/orphaned" 2>"$folder/refusal" || refusal=$?
cat "$folder/refusal"
echo "loading the second: exit code $refusal"

if [[ $code -eq 0 && -z $left && $refusal -ne 0 ]] && grep -q 'flags owner$' "$folder/owned" \
    && grep -qE 'flags *$' "$folder/orphaned" && grep -q 'syntax error' "$folder/refusal"; then
  echo "As described: nft does not print the flag, and what it prints makes no such table."
else
  echo "This has changed." >&2
  exit 1
fi
