# shellcheck shell=bash
# How the agent is started from a folder with its JARs: pointsman-agent-*.jar, lib/*.jar, jvm.options. Sourced by the launcher
# and by that of the archive, which sets JAVA_HOME and has say and die, too.
#
# The cache of loaded classes (JEP 514) makes starts fast. A JVM that is given such a cache does not look at the JARs again:
# when one was replaced, it runs the classes of the old one (seen with JDK 25.0.3). So this looks: the cache serves only the
# JDK, flags and JARs it was made of.

# Services and chroots start without a locale; a JVM then refuses paths outside ASCII (seen with JDK 25).
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
  *[Uu][Tt][Ff]-8 | *[Uu][Tt][Ff]8) ;;
  *) export LC_ALL=C.UTF-8 ;;
esac

# Names the folder, and with it the cache, digests of what the cache was made of, and what the file system said of those
# files when they were last known to be the same.
use_folder() {
  TARGET=$1
  CACHE=$TARGET/pointsman.aot
  CACHE_CONTENTS=$CACHE.contents
  CACHE_FILES=$CACHE.files
}

class_path() {
  local jars=("$TARGET"/pointsman-agent-*.jar "$TARGET"/lib/*.jar)
  [[ -z ${POINTSMAN_BACKENDS:-} ]] || jars+=("$POINTSMAN_BACKENDS")
  local IFS=:
  echo "${jars[*]}"
}

# A JVM passes over a part of its class path that is not there, and then knows no backend of that name.
need_backends() {
  local parts part
  IFS=: read -ra parts <<<"${POINTSMAN_BACKENDS:-}"
  for part in "${parts[@]}"; do
    [[ -e ${part%/\*} ]] || die "POINTSMAN_BACKENDS: there is no \"$part\""
  done
}

# Runs a program on what a cache is made of, in the order of the class path, which counts too. It takes the place of a
# subshell: at each start a process counts.
exec_on_sources() {
  cd "$TARGET" || return
  exec "$@" jvm.options pointsman-agent-*.jar lib/*.jar
}

# The JDK's by its contents alone: an archive is unpacked anywhere.
cache_contents() { exec_on_sources sha256sum -- - <"$JAVA_HOME/release"; }

# A file that is written, replaced or renamed gets another change time from the kernel.
cache_files() { exec_on_sources stat --dereference --format '%n %i %s %.9Y %.9Z' -- "$JAVA_HOME/release"; }

# Whether there is a cache that was made of what is here now. Reading all the JARs takes several times as long as asking for
# their change times, so that is done only when those differ.
has_cache() {
  local files
  [[ -s $CACHE && -s $CACHE_CONTENTS ]] || return 1
  files=$(cache_files)
  if [[ ! -f $CACHE_FILES || $files != "$(<"$CACHE_FILES")" ]]; then
    if [[ $(cache_contents) != "$(<"$CACHE_CONTENTS")" ]]; then
      say "the JDK, its flags or the JARs are not those that $CACHE was made of: starting without that cache, which" \
        "takes longer. $CACHE_REMEDY."
      return 1
    fi
    (printf '%s\n' "$files" >"$CACHE_FILES") 2>/dev/null || true # not ours to write: they are read the next time too
  fi
}

# Becomes the agent.
agent() {
  local cache=()
  ! has_cache || cache=(-XX:AOTCache="$CACHE" -Xlog:aot=off -Xlog:cds=off)
  exec "$JAVA_HOME/bin/java" @"$TARGET/jvm.options" "${cache[@]}" -cp "$(class_path)" io.pointsman.agent.Main "$@"
}
