#!/usr/bin/env bash
# promtool check metrics finds nothing wrong with a page that has one series twice, or with no page at all.
#
# One would expect: the linter of the exposition format refuses what Prometheus itself can't store: one name with the same labels and two
#                   values. And a program that checks metrics fails when there are none.
# What happens:     exit code 0 for both, without a word. Prometheus keeps the first value, drops the other at each scrape, and counts it
#                   (prometheus_target_scrapes_sample_duplicate_timestamp_total); promtool finds a missing help text meanwhile (exit code 3).
# Affected:         tests of exporters that pipe their page through promtool; "curl -s … | promtool check metrics" while no process listens.
#
# Takes Debian 12 or 13 with apt; no root.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) package=prometheus=2.42.0+ds-5+deb12u1 ;;
  trixie) package=prometheus=2.53.3+ds1-2 ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 777 .
apt-get -qq download "$package"
dpkg-deb -x prometheus_*.deb pkg
echo "$package"
check() { # what, page
  local code=0
  printf '%b' "$2" | pkg/usr/bin/promtool check metrics >said 2>&1 || code=$?
  printf '%s: exit code %s %s\n' "$1" "$code" "$(<said)"
}
seen=$(check 'one series twice' '# HELP x_total x\n# TYPE x_total counter\nx_total{a="1"} 1\nx_total{a="1"} 2\n'
  check 'an empty page' ''
  check 'no help text' 'x_bytes 1\n')
echo "$seen"
[[ $(grep -cE '^(one series twice|an empty page): exit code 0 $' <<<"$seen") -eq 2 && $seen == *'no help text: exit code 3'* ]] ||
  { echo "not seen any more" >&2; exit 1; }
