#!/usr/bin/env bash
# systemd-analyze verify ends with 0 for a unit whose protection is misspelt, whose capability does not exist and whose limit can't be read.
#
# One would expect: a program that verifies fails for what the manager is going to ignore, so that a build can stop there.
# What happens:     "Unknown key … ignoring" and "Failed to parse resource value, ignoring" are printed to standard error, and the exit code is 0; of
#                   the capability that does not exist it says nothing. (LimitNOFILE takes no suffixes: 1M is not read, and the limit stays what it was.)
# Affected:         units that are checked by its exit code: the service runs, without the protection, or with 1,024 descriptors.
#
# Takes Debian 12 with apt; no root.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(systemd=252.39-1~deb12u2 libsystemd-shared=252.39-1~deb12u2 libapparmor1 libip4tc2 libkmod2 libseccomp2 libargon2-1 libfdisk1
                      libcryptsetup12 libjson-c5 libdevmapper1.02.1) ;;
  *) echo "this takes Debian 12" >&2; exit 2 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 777 .
apt-get -qq download "${packages[@]}"
for package in *.deb; do dpkg-deb -x "$package" pkg; done
libraries=$(find "$folder/pkg" -name 'lib*.so*' -printf '%h\n' | sort -u | paste -sd:)
analyze() { LD_LIBRARY_PATH=$libraries "$folder/pkg/usr/bin/systemd-analyze" "$@"; }
unit() { # line of the service
  printf '[Unit]\nDescription=A unit\n[Service]\nExecStart=/bin/true\n%s\n' "$1" >a.service
  local code=0
  analyze verify ./a.service >said 2>&1 || code=$?
  printf '%s: exit code %s %s\n' "$1" "$code" "$(sed "s,$folder/,," said)"
}
analyze --version | sed -n 1p
seen=$(unit ProtectSytem=strict; unit LimitNOFILE=1M; unit AmbientCapabilities=CAP_NET_ADMN; unit ExecStartPre=/no/such/program)
echo "$seen"
[[ $seen == *'ProtectSytem=strict: exit code 0 '*Unknown* && $seen == *'LimitNOFILE=1M: exit code 0 '*'Failed to parse'* &&
  $seen == *'CAP_NET_ADMN: exit code 0 '* && $seen == *'ExecStartPre=/no/such/program: exit code 1'* ]] || { echo "not seen any more" >&2; exit 1; }
