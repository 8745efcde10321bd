# shellcheck shell=bash
# Makes the cache of loaded classes that scripts/agent.sh starts the agent with. Sourced by the launcher.

drop_cache() { rm -f "$CACHE" "$CACHE_CONTENTS" "$CACHE_FILES"; }

# Reads a cluster and runs the sample once, to record which classes a start takes.
make_cache() {
  local pid address files contents
  drop_cache
  files=$(cache_files)
  contents=$(cache_contents)
  : >"$TARGET/training.log"
  (
    start_echo_servers
    exec "$JAVA_HOME/bin/java" @"$TARGET/jvm.options" -XX:AOTCacheOutput="$CACHE" -Xlog:aot=off -Xlog:cds=off \
      -cp "$(class_path)" io.pointsman.agent.training.Training run --config "$EXAMPLE/pointsman.yaml" \
      --healthz-bind-address 127.0.0.1:0 --metrics-bind-address 127.0.0.1:0 --state-directory "$TARGET/training-state" \
      --hand-over off # a user's agent may be running
  ) >"$TARGET/training.log" 2>&1 9>&- &
  pid=$!
  for _ in {1..300}; do
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
