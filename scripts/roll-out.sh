# shellcheck shell=bash
# What goes to hosts: a container image. Sourced by the launcher.

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
