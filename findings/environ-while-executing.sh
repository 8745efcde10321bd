#!/usr/bin/env bash
# /proc/PID/environ of a running process reads as empty, or ends amid a variable, while the process executes a program.
#
# One would expect: the environment of a process that lives and keeps it, as it was given to execve(2): before the call the
#                   old one, after it the new one. Here both are the same.
# What happens:     in one of some twenty reads the file is empty, without an error, or stops at some byte: the new
#                   memory has no environment yet, or the old one went away between two read(2).
# Affected:         programs that find their own processes by a variable (service managers, CI agents that kill what a job left, a
#                   node agent that waits for programs of a predecessor): one that just starts is passed over.
#
# Takes Debian 12 or 13 with apt; no root.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(coreutils=9.1-1) ;;
  trixie) packages=(coreutils=9.7-3) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
folder=$(mktemp -d)
runner=
trap '[[ -z $runner ]] || { kill -KILL "$runner"; wait "$runner" || true; } 2>/dev/null; rm -rf "$folder"' EXIT
chmod 755 "$folder"
mkdir "$folder/packages"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/pkg"; done

cat >"$folder/again.sh" <<'AGAIN'
exec sh "$0"
AGAIN
last=$(printf '%05000d' 7) # more than a page
env -i PATH=/usr/bin:/bin LAST="$last" sh "$folder/again.sh" & # one process that executes the same program over and over
runner=$!

uname -sr
dd=$folder/pkg/bin/dd
[[ -x $dd ]] || dd=$folder/pkg/usr/bin/dd
"$dd" --version | sed -n 1p
empty=0 cut=0 whole=0
for ((i = 0; i < 20000 && (empty == 0 || cut == 0 || whole < 500); i++)); do
  read -r size < <("$dd" if="/proc/$runner/environ" bs=2048 status=none | wc -c)
  if ((size == 0)); then empty=$((empty + 1)); elif ((size < ${#last})); then cut=$((cut + 1)); else whole=$((whole + 1)); fi
done
echo "# of $i reads $whole were whole, $empty empty, $cut cut"
((whole > 0 && empty > 0 && cut > 0)) || { echo "not seen any more: empty and cut environments" >&2; exit 1; }
