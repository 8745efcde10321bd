#!/usr/bin/env bash
# `ipvsadm -S` does not write a server's thresholds of connections, so what is saved and restored takes connections without limit.
#
# Guessed: `ipvsadm -S | ipvsadm -R` gives back what was there: schedulers with flags, masks, engines, tunnels and one-packet services all are.
# What happens: `-x` and `-y` (upper and lower threshold) of `-a` are not in the output, and nothing is said. 1.31 on Linux 6.1 and 6.12.
#          (The timeouts of `--set` and the daemons of `--start-daemon` aren't either, but those are no part of a service.)
# Affected:    hosts that guard servers by thresholds and restore the table at boot, as Debian's own service of ipvsadm does: after the first
#          reboot the guard is off.
#
# Takes Debian 12 or 13 with apt on amd64, and kmod; no root. It boots User Mode Linux for a few seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(user-mode-linux=6.1um4+b13 ipvsadm=1:1.31-1+b1 libnl-3-200=3.7.0-0.2+b1 libnl-genl-3-200=3.7.0-0.2+b1
                      libpopt0=1.19+dfsg-1) ;;
  trixie) packages=(user-mode-linux=6.12um1+b22 ipvsadm=1:1.31-5 libnl-3-200=3.7.0-2 libnl-genl-3-200=3.7.0-2
                    libpopt0=1.19+dfsg-2) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
mkdir -p "$folder"/{packages,system,uml,lib}
(cd "$folder/packages" && chmod 777 . && apt-get -qq download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/system"; done
ln -s "$folder/system/usr/lib/uml/modules" "$folder/lib/modules"
libraries=$(find "$folder/system" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)

# The first process inside, on the machine's own files.
cat >"$folder/init" <<END
#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
ip link set lo up
for module in ip_vs ip_vs_mh; do modprobe -d $folder \$module; done
ipvsadm() { LD_LIBRARY_PATH=$libraries \$(find $folder/system -name ipvsadm -path '*sbin*' -type f) "\$@"; }
echo "Linux \$(uname -r), \$(ipvsadm --version | cut -d' ' -f1-2)"
ipvsadm -A -t 198.51.100.1:80 -s mh -b mh-fallback,mh-port
ipvsadm -a -t 198.51.100.1:80 -r 192.0.2.1:8080 -m -w 3 -x 100 -y 50
ipvsadm -Ln --thresholds | sed 's/^/# before: /'
ipvsadm -S -n >$folder/saved
sed 's/^/# saved: /' $folder/saved
ipvsadm -C
ipvsadm -R <$folder/saved && echo '# restored'
ipvsadm -Ln --thresholds | sed 's/^/# after: /'
echo o >/proc/sysrq-trigger
sleep 10
END
chmod +x "$folder/init"
timeout 120 "$folder/system/usr/bin/linux.uml" mem=256M rootfstype=hostfs rootflags=/ rw quiet "init=$folder/init" \
  "uml_dir=$folder/uml/" umid=finding con=null con0=fd:0,fd:1 </dev/null >"$folder/console" 2>&1 || true
seen=$(grep -aE '^(#|Linux [0-9])' "$folder/console" | tr -d '\r')
printf '%s\n' "$seen"

failed=0
expect() {
  grep -qE -- "$1" <<<"$seen" || { echo "not seen any more: $1" >&2; failed=1; }
}
expect '^# before: .*192.0.2.1:8080 +100 +50 '
expect '^# saved: -a -t 198.51.100.1:80 -r 192.0.2.1:8080 -m -w 3 *$'
expect '^# restored$'
expect '^# after: .*192.0.2.1:8080 +0 +0 '
exit "$failed"
