#!/usr/bin/env bash
# User Mode Linux' documented way to mount a folder of the host is refused, depending on the versions of two packages.
#
# One would expect: mount -t hostfs -o /FOLDER none /mnt, as the kernel's user_mode_linux_howto_v2.rst has it, mounts that
#                   folder, whichever kernel and util-linux.
# What happens:     Linux 6.12 with util-linux 2.41: fsconfig() failed: hostfs: Unknown parameter '/FOLDER'. mount hands over
#                   each option by itself now (from 2.39 on), this kernel's hostfs knows one, "hostfs=", and the bare folder
#                   only in the old system call: LIBMOUNT_FORCE_MOUNT2=always mount … works.
#                   Linux 6.1: the other way round, "-o hostfs=/FOLDER" is taken for a folder of that name, which is not there
#                   (mount says: special device none does not exist).
#                   mount --bind from a root that is hostfs works with all of them.
# Affected:         every script that boots User Mode Linux, at an upgrade of Debian 12 to 13.
#
# Takes Debian 12 or 13 with apt on amd64; no root. It prints and checks what is true of the release that it runs on.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) package=user-mode-linux=6.1um4+b13 bare=0 named=32 ;;
  trixie) package=user-mode-linux=6.12um1+b22 bare=32 named=0 ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
mkdir -p "$folder"/{packages,system,host,mnt,uml}
echo here >"$folder/host/file"
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "$package")
dpkg-deb -x "$folder"/packages/*.deb "$folder/system"

# The first process inside, on the machine's own files.
cat >"$folder/init" <<END
#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
try() {
  "\$@"
  echo "# \$* : exit code \$?, \$(cat $folder/mnt/file 2>/dev/null || echo not) mounted"
  ! [ -e $folder/mnt/file ] || umount $folder/mnt
}
mount -t proc proc /proc
echo "Linux \$(uname -r), \$(mount --version)"
try mount -t hostfs -o $folder/host none $folder/mnt
try mount -t hostfs -o hostfs=$folder/host none $folder/mnt
try env LIBMOUNT_FORCE_MOUNT2=always mount -t hostfs -o $folder/host none $folder/mnt
try mount --bind $folder/host $folder/mnt
echo o >/proc/sysrq-trigger
sleep 10
END
chmod +x "$folder/init"
timeout 120 "$folder/system/usr/bin/linux.uml" mem=256M rootfstype=hostfs rootflags=/ rw quiet "init=$folder/init" \
  "uml_dir=$folder/uml/" umid=finding con=null con0=fd:0,fd:1 </dev/null >"$folder/console" 2>&1 || true
seen=$(grep -aE '^(#|mount:|Linux [0-9])' "$folder/console" | tr -d '\r' | sed "s|$folder||g")
printf '%s\n' "$seen"

failed=0
expect() {
  grep -qF -- "$1" <<<"$seen" || { echo "not seen any more: $1" >&2; failed=1; }
}
said() { [[ $1 == 0 ]] && echo "exit code 0, here mounted" || echo "exit code $1, not mounted"; }
expect "# mount -t hostfs -o /host none /mnt : $(said $bare)"
expect "# mount -t hostfs -o hostfs=/host none /mnt : $(said $named)"
expect "# env LIBMOUNT_FORCE_MOUNT2=always mount -t hostfs -o /host none /mnt : $(said 0)"
expect "# mount --bind /host /mnt : $(said 0)"
exit "$failed"
