#!/usr/bin/env bash
# While another holds the xtables lock, iptables-legacy and its restore wait in 1.8.9, and give up at once with exit code 4 in 1.8.11.
#
# One would expect: without -w they give up at once, as the manual of either says: "By default, the program will exit if the lock cannot be
#                   obtained".
# What happens:     1.8.9 (Debian 12) waits for as long as it takes, -w or not. 1.8.11 (Debian 13) does what the manual says: "Another app is
#                   currently holding the xtables lock".
# Affected:         scripts and agents that ran for years on Debian 12 without -w, on the day of the upgrade, and only when two of them
#                   write at the same moment: rules are missing, now and then. (-w works in both.)
#
# Takes root, Debian 12 or 13 with apt.
set -euo pipefail

[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }
folder=$(mktemp -d)
host=lock$$
# shellcheck disable=SC2317 # by the trap
cleanup() {
  ip netns del "$host" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
chmod 755 "$folder"

# Gets a release's packages from the mirror that this host uses. Its C library comes along: the newer programs need it on the older release.
get() { # release, package...
  local at=$folder/$1 mirror package
  # shellcheck disable=SC2016 # for apt
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | head -n 1)
  mkdir -p "$at/lists/partial" "$at/cache/archives/partial" "$at/pkg"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" >"$at/sources.list"
  local options=(-o "Dir::Etc::SourceList=$at/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$at/lists"
    -o "Dir::Cache=$at/cache" -o APT::Sandbox::User=root)
  apt-get -qq "${options[@]}" update
  (cd "$at" && apt-get -qq "${options[@]}" download libc6 "${@:2}")
  for package in "$at"/*.deb; do dpkg-deb -x "$package" "$at/pkg"; done
}
get bookworm iptables=1.8.9-2 libxtables12=1.8.9-2 libip4tc2=1.8.9-2 libip6tc2=1.8.9-2
get trixie iptables=1.8.11-2 libxtables12=1.8.11-2 libip4tc2=1.8.11-2 libip6tc2=1.8.11-2

legacy() { # release, argument...
  local pkg=$folder/$1/pkg libraries
  libraries=$(find "$pkg" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
  ip netns exec "$host" env XTABLES_LOCKFILE="$folder/lock" XTABLES_LIBDIR="$(dirname "$(find "$pkg" -name libxt_tcp.so)")" \
    "$(find "$pkg" -name 'ld-linux-*.so.*' | head -n 1)" --library-path "$libraries" "$(find "$pkg" -name xtables-legacy-multi)" "${@:2}"
}

# What becomes of a program that has the lock against it; "waits" when it goes on once the lock is free.
try() { # release, argument...
  local code=0 program
  printf '*filter\nCOMMIT\n' >"$folder/rules"
  exec 7>"$folder/lock"
  flock 7
  { legacy "$@" <"$folder/rules" >"$folder/said" 2>&1; } 7>&- &
  program=$!
  sleep 2
  if kill -0 "$program" 2>/dev/null; then
    flock -u 7
    wait "$program" && echo waits
  else
    flock -u 7
    wait "$program" || code=$?
    echo "exit code $code at once"
  fi
  exec 7>&-
}
ip netns add "$host"
uname -sr
for release in bookworm trixie; do
  legacy "$release" iptables --version
  for command in 'iptables-restore --noflush' 'iptables -A INPUT -j ACCEPT'; do
    # shellcheck disable=SC2086 # words
    seen=$(try "$release" $command)
    echo "  $command: $seen"
    case $release in
      bookworm) expected=waits ;;
      trixie) expected='exit code 4 at once' ;;
    esac
    [[ $seen == "$expected" ]] || { echo "not seen any more" >&2; exit 1; }
  done
done
