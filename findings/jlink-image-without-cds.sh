#!/usr/bin/env bash
# A Java runtime made by jlink has no CDS archive, starts slower for it, and says nothing.
#
# One would expect: the small runtime starts as fast as the JDK that it was made from, if not faster.
# What happens:     the JDK ships lib/server/classes.jsa, its own classes ready to be mapped; jlink leaves it out unless it is given
#                   --generate-cds-archive. Every start then parses some 400 classes from the modules file: 1.6 times the CPU time of one that
#                   does nothing else. "java -Xshare:on" is the only thing that complains.
# Affected:         container images and command line tools that ship a runtime of their own to be small and quick.
#
# Takes a JDK 17 or later that has jmods or can link without; no root.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >Nothing.java <<'JAVA'
class Nothing { public static void main(String[] args) {} }
JAVA
bin=$(dirname "$(readlink -f "$(command -v javac)")")
"$bin/javac" Nothing.java
"$bin/jlink" --add-modules java.base --output plain
"$bin/jlink" --add-modules java.base --generate-cds-archive --output archived >/dev/null

# How many classes come out of an archive, in a start that does nothing.
shared() { "$1/bin/java" -Xlog:class+load:stdout -cp . Nothing | grep -c 'source: shared objects file' || true; }
# CPU time of ten starts, milliseconds.
cpu() {
  local TIMEFORMAT='%U %S' used
  used=$({ time for _ in 1 2 3 4 5 6 7 8 9 10; do "$1/bin/java" -cp . Nothing; done; } 2>&1)
  awk '{ print int(($1 + $2) * 1000) }' <<<"$used"
}
"$bin/java" -version 2>&1 | sed -n 2p
plain=$(shared plain) archived=$(shared archived)
printf 'classes from the archive: JDK %s, jlink %s, jlink --generate-cds-archive %s\n' "$(shared "$(dirname "$bin")")" "$plain" "$archived"
printf 'CPU ms of ten starts:     JDK %s, jlink %s, jlink --generate-cds-archive %s\n' "$(cpu "$(dirname "$bin")")" "$(cpu plain)" "$(cpu archived)"
[[ $plain -eq 0 && $archived -gt 300 && ! -e plain/lib/server/classes.jsa ]] || { echo "not seen any more" >&2; exit 1; }
