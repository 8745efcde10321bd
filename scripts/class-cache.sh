# shellcheck shell=bash
# The cache of loaded classes (JEP 514) that makes later starts fast. Sourced by the launcher.
#
# A JVM that is given such a cache does not look at the JARs again: when one was replaced, it runs the classes of the old
# one (seen with JDK 25.0.3). So the launcher looks: the cache serves only the JDK, flags and JARs it was made of.

readonly CACHE=$TARGET/pointsman.aot
# Digests of what it was made of, and what the file system said of those files when they were last known to be the same.
readonly CACHE_CONTENTS=$CACHE.contents
readonly CACHE_FILES=$CACHE.files

# Runs a program on them, in the order of the class path, which counts too. It takes the place of a subshell: at each start
# a process counts.
exec_on_sources() {
  cd "$TARGET" || return
  exec "$@" -- "$JAVA_HOME/release" jvm.options pointsman-agent-*.jar lib/*.jar
}

cache_contents() { exec_on_sources sha256sum; }

# A file that is written, replaced or renamed gets another change time from the kernel.
cache_files() { exec_on_sources stat --dereference --format '%n %i %s %.9Y %.9Z'; }

# Whether there is a cache that was made of what is here now. Reading all the JARs takes several times as long as asking for
# their change times, so that is done only when those differ.
has_cache() {
  local files
  [[ -s $CACHE && -s $CACHE_CONTENTS ]] || return 1
  files=$(cache_files)
  if [[ ! -f $CACHE_FILES || $files != "$(<"$CACHE_FILES")" ]]; then
    if [[ $(cache_contents) != "$(<"$CACHE_CONTENTS")" ]]; then
      say "the JDK, its flags or the JARs are not those that $CACHE was made of: starting without that cache, which" \
        "takes longer. ./pointsman build makes a new one."
      return 1
    fi
    (printf '%s\n' "$files" >"$CACHE_FILES") 2>/dev/null || true # not ours to write: they are read the next time too
  fi
}

drop_cache() { rm -f "$CACHE" "$CACHE_CONTENTS" "$CACHE_FILES"; }

# Runs the sample once to record which classes a start takes.
make_cache() {
  local pid address files contents
  drop_cache
  files=$(cache_files)
  contents=$(cache_contents)
  : >"$TARGET/training.log"
  (
    start_echo_servers
    exec "$JAVA_HOME/bin/java" @"$TARGET/jvm.options" -XX:AOTCacheOutput="$CACHE" -Xlog:aot=off -Xlog:cds=off \
      -cp "$(class_path)" io.pointsman.agent.Main run --config "$EXAMPLE/pointsman.yaml" \
      --healthz-bind-address 127.0.0.1:0 --metrics-bind-address 127.0.0.1:0 --state-directory "$TARGET/training-state" \
      --hand-over off # a user's agent may be at work
  ) >"$TARGET/training.log" 2>&1 9>&- &
  pid=$!
  for _ in {1..100}; do
    ! grep -q 'Ctrl-C' "$TARGET/training.log" || break
    sleep 0.1
  done
  for address in 127.0.170.92/8080 127.0.0.1/30080 127.0.0.1/32122; do
    for _ in {1..20}; do
      (
        exec 3<>"/dev/tcp/$address"
        printf 'GET / HTTP/1.1\r\nHost: training\r\nConnection: close\r\n\r\n' >&3
        cat <&3
      ) >/dev/null 2>&1 || true
    done
  done
  kill -TERM "$pid" 2>/dev/null || true # it may have ended by itself, with a complaint
  wait "$pid" || true
  if [[ ! -s $CACHE ]]; then
    say "the run that records the class cache left none: starts take longer; $TARGET/training.log says why"
    return
  fi
  # The contents last: a cache without them counts for nothing.
  printf '%s\n' "$files" >"$CACHE_FILES"
  printf '%s\n' "$contents" >"$CACHE_CONTENTS"
}
