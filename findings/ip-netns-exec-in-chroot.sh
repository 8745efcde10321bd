#!/usr/bin/env bash
# ip netns exec and ip -n fail in a chroot, where ip netns add and nsenter work.
#
# One would expect: where "ip netns add NAME" works, "ip -n NAME" and "ip netns exec NAME" work too: it is root either way.
# What happens:     those two make a mount namespace besides and turn "/" into a slave mount there, which takes a "/" that
#                   is a mount. The root of a chroot is an ordinary folder: mount --make-rslave "/" failed: Invalid
#                   argument. With the folder bound onto itself first (mount --bind DIR DIR) they work in the same
#                   chroot. nsenter --net=/run/netns/NAME works in both.
# Affected:         builds and tests in roots made by debootstrap, and programs that start "ip netns exec" and take
#                   its end for the end of what they started. Containers don't show it: their root is a mount.
#
# Takes root, and Debian 12 or 13 with apt (not itself in a chroot: unshare has the same trouble there).
# shellcheck disable=SC2016 # the dollars are of the shells inside
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(iproute2=6.1.0-3 libbpf1=1:1.1.2-0+deb12u1 libmnl0=1.0.4-3 libelf1=0.188-2.1 libbsd0=0.11.7-2) ;;
  trixie) packages=(iproute2=6.15.0-1 libbpf1=1:1.5.0-3 libmnl0=1.0.5-3 libelf1t64=0.192-4) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "this takes root" >&2; exit 2; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
root=$folder/root
mkdir -p "$folder/packages" "$root"/{usr,proc,run,sys,var,pkg}
for link in bin sbin lib lib64; do ln -s "usr/$link" "$root/$link"; done
ln -s ../run "$root/var/run"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$root/pkg"; done

# In a mount and a network namespace of its own, which take what is mounted and made with them; prints what it sees.
try() { # bind|plain
  unshare --mount --propagation private --net bash -euc '
    root=$1
    [[ $2 == plain ]] || mount --bind "$root" "$root"
    mount --rbind /usr "$root/usr"
    mount -t proc proc "$root/proc"
    mount -t tmpfs run "$root/run"
    mount -t sysfs sysfs "$root/sys"
    exec chroot "$root" /bin/sh -c "$3"' try "$root" "$1" '
      export LD_LIBRARY_PATH=$(echo /pkg/usr/lib/*-linux-gnu):$(echo /pkg/lib/*-linux-gnu)
      ip=/pkg/sbin/ip; [ -x $ip ] || ip=/pkg/usr/sbin/ip
      said() { "$@" 2>&1 && echo "exit code 0" || echo "exit code $?"; }
      $ip -V
      echo "# ip netns add demo:               $(said $ip netns add demo)"
      echo "# ip -n demo link set lo up:       $(said $ip -n demo link set lo up | tr "\n" ";")"
      echo "# ip netns exec demo true:         $(said $ip netns exec demo true | tr "\n" ";")"
      echo "# nsenter --net=/run/netns/demo true: $(said nsenter --net=/run/netns/demo true)"'
}

uname -sr
failed=0
expect() { # name, output, part
  grep -qF -- "$3" <<<"$2" || { echo "$1: not seen any more: $3" >&2; failed=1; }
}
echo "== chroot into a folder"
plain=$(try plain)
echo "$plain"
expect plain "$plain" 'ip netns add demo:               exit code 0'
expect plain "$plain" 'ip -n demo link set lo up:       "mount --make-rslave /" failed: Invalid argument'
expect plain "$plain" 'ip netns exec demo true:         "mount --make-rslave /" failed: Invalid argument'
expect plain "$plain" '/run/netns/demo true: exit code 0'
echo "== chroot into the same folder, bound onto itself"
bound=$(try bind)
echo "$bound"
expect bound "$bound" 'ip -n demo link set lo up:       exit code 0'
expect bound "$bound" 'ip netns exec demo true:         exit code 0'
exit "$failed"
