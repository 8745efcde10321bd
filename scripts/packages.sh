# shellcheck shell=bash
# What Debian's packages bring. Sourced by the launcher.

can_install() { [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; }

# A machine fresh from its image has no package lists, an old one has lists that name versions long gone.
apt_lists() { [[ -n $(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null) ]] || apt-get -qq update >&2; }

apt_install() {
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "$@")
  say "installing $*"
  apt_lists
  "${install[@]}" >&2 || { apt-get -qq update >&2 && "${install[@]}" >&2; }
}

# Installs the lowest release of a JDK that will do; fails where the packages have none.
apt_install_java() {
  local release package
  apt_lists
  for release in $(seq "$JAVA_WANTED" $((JAVA_WANTED + 5))); do
    package=openjdk-$release-jdk-headless
    if apt-cache show "$package" >/dev/null 2>&1; then
      apt_install "$package"
      return
    fi
  done
  return 1
}

need_maven() {
  command -v mvn >/dev/null && return
  can_install || die "Maven is missing and takes root to install: apt install maven"
  apt_install maven
}

# What the tests of kernel backends and the lab run; without it they are skipped, and say so.
want_test_tools() {
  local missing=()
  command -v ip >/dev/null || missing+=(iproute2)
  command -v iptables-restore >/dev/null || missing+=(iptables)
  command -v nft >/dev/null || missing+=(nftables)
  command -v curl >/dev/null || missing+=(curl)
  [[ -x /usr/sbin/haproxy ]] || missing+=(haproxy)
  command -v ipset >/dev/null || missing+=(ipset)
  command -v ipvsadm >/dev/null || missing+=(ipvsadm)
  command -v promtool >/dev/null || missing+=(prometheus)
  # where this kernel has no virtual servers, one that has is booted for their tests
  if [[ ! -e /proc/net/ip_vs ]]; then
    command -v linux.uml >/dev/null || missing+=(user-mode-linux)
    command -v insmod >/dev/null || missing+=(kmod)
  fi
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if can_install; then
    apt_install "${missing[@]}" || say "could not install ${missing[*]}: tests that need them are skipped"
  else
    say "tests that need ${missing[*]} are skipped: apt install ${missing[*]} (as root)"
  fi
}

# What the agent's page is tried in; without it that is skipped, and says so.
want_browser() {
  command -v chromium >/dev/null && command -v chromedriver >/dev/null && return
  if can_install; then
    apt_install chromium chromium-driver || say "could not install chromium: the test of the agent's page is skipped"
  else
    say "the test of the agent's page is skipped: apt install chromium chromium-driver (as root)"
  fi
}
