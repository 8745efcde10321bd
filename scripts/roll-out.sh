# shellcheck shell=bash
# What goes to hosts: a container image, an archive. Sourced by the launcher.

image() {
  local base=()
  [[ -z ${POINTSMAN_IMAGE_BASE:-} ]] || base=(-Dimage.base="$POINTSMAN_IMAGE_BASE")
  need_build
  need_maven
  mkdir -p "$TARGET/image/classes" # where Jib looks for more classes; there are none
  # Unless told not to, Jib asks on the network whether there is a newer one.
  maven --quiet --file "$HERE/packaging/image/pom.xml" -Djib.disableUpdateChecks=true "${base[@]}" "$@" jib:buildTar ||
    die "no image was built; Maven says why above"
  say "the image is $TARGET/pointsman-image.tar, for docker load, podman load or ctr images import"
}

# --- archive ---------------------------------------------------------------------------------------------------------

# Modules of the JDK that no class names: they are looked up as services, or by operators.
readonly MORE_MODULES=jdk.crypto.cryptoki,jdk.jcmd

# Those that the JARs of the agent use. They stay on its class path: some are no modules, and jlink takes only such. Our own are modules
# that require some of those, at which jdeps gives up; what they need of the JDK they say themselves.
jdk_modules() {
  local jar jars=() found
  for jar in "$TARGET"/lib/*.jar; do
    [[ $jar == */pointsman-*.jar ]] || jars+=("$jar")
  done
  found=$("$JAVA_HOME/bin/jdeps" --multi-release "$JAVA_WANTED" --ignore-missing-deps --print-module-deps "${jars[@]}") || return
  for jar in "$TARGET"/pointsman-agent-*.jar "$TARGET"/lib/pointsman-*.jar; do
    found+=,$("$JAVA_HOME/bin/jar" --describe-module --file "$jar" |
      sed -n '/ static/d; s/^requires \(java\.[a-z.]*\|jdk\.[a-z.]*\).*/\1/p' | paste -sd,) || return
  done
  tr -s , '\n' <<<"$found" | sort -u | paste -sd,
}

# Lays out what goes into the archive; prints nothing.
fill_archive() {
  local root=$1 modules
  modules=$(jdk_modules) || die "jdeps can't tell which modules of the JDK the agent uses"
  mkdir -p "$root/bin" "$root/lib" "$root/scripts"
  cp -pL "$TARGET"/pointsman-agent-*.jar "$TARGET/jvm.options" "$root"
  cp -pL "$TARGET"/lib/*.jar "$root/lib"
  cp -p "$HERE/scripts/agent.sh" "$root/scripts"
  install -m 755 "$HERE/packaging/archive/pointsman" "$root/bin"
  install -m 644 "$HERE"/packaging/archive/{README.md,pointsman.service,pointsman.yaml} "$root"
  "$JAVA_HOME/bin/jlink" --add-modules "$modules,$MORE_MODULES" --no-header-files --no-man-pages --output "$root/runtime" ||
    die "jlink made no runtime of $JAVA_HOME. Without a folder jmods that takes a JDK that can be linked from itself" \
      "(jlink --help says: Linking from run-time image enabled)"
  # A cache is good for the JVM that made it. JARs and runtime may move together.
  (
    use_folder "$root"
    export JAVA_HOME=$root/runtime
    POINTSMAN_BACKENDS='' make_cache
  )
  [[ -s $root/pointsman.aot ]] || { cat "$root/training.log" >&2; die "no archive without its class cache"; }
  rm -rf "$root/training.log" "$root/training-state" "$root/pointsman.aot.files"
}

archive() {
  local name=pointsman work
  [[ $# -eq 0 ]] || die "archive takes no argument, not \"$1\""
  need_build
  name=$(basename "$TARGET"/pointsman-agent-*.jar .jar)
  name=${name/-agent/}
  work=$(mktemp -d "$TARGET/archive.XXXXXX")
  # shellcheck disable=SC2064 # now: at the end the variable is gone
  trap "rm -rf '$work'" EXIT
  fill_archive "$work/$name"
  tar --create --gzip --directory "$work" --sort=name --owner=0 --group=0 --numeric-owner --file "$TARGET/$name.tar.gz.new" "$name"
  mv "$TARGET/$name.tar.gz.new" "$TARGET/$name.tar.gz"
  say "the archive is $TARGET/$name.tar.gz; README.md in it says how to install it"
}
