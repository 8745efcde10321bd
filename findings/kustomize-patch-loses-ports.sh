#!/usr/bin/env bash
# kustomize drops a patch of a Service's port, or the Service's UDP port with it, when one of them writes `protocol` and another does not.
#
# Guessed: a port without a protocol is TCP, and patching a port changes that port or adds one. (kubectl's own merge goes by the number alone.)
# What happens: kustomize 5 goes by number and protocol, and does not take a missing protocol for TCP. A patch of `port: 53, protocol: TCP` for a
#          Service that has `port: 53` is dropped, and the other way round too. If a Service has UDP 53, and 53 without a protocol,
#          the patch of UDP 53 takes UDP 53 away: what is built has one port. Exit code 0, no warning. With the protocol written everywhere, or
#          nowhere, all is as expected, and so is all of it with kustomize 2, of Debian 12's kubectl.
# Affected: overlays that set a nodePort or a targetPort: it is not set; a DNS Service has no UDP any more.
#
# Takes Debian 12 or 13 with apt; no root.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) release=12 package=kubernetes-client=1.20.5+really1.20.2-1.1+deb12u1 ;;
  trixie) release=13 package=kubectl=1.32.3+ds-2 ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 777 .
apt-get -qq download "$package"
dpkg-deb -x ./*.deb pkg
echo "$package"
mkdir app
result=0
try() { # ports of the Service, port of the patch, ports that are built, by Debian 12 if that differs
  local code=0 built expected=$3
  [[ $release == 13 ]] || expected=${4:-$3}
  printf '%s\n' 'apiVersion: v1' 'kind: Service' 'metadata: {name: dns}' "spec: {ports: [$1]}" >app/service.yaml
  printf '%s\n' 'apiVersion: v1' 'kind: Service' 'metadata: {name: dns}' "spec: {ports: [$2]}" >app/patch.yaml
  printf '%s\n' 'resources: [service.yaml]' 'patchesStrategicMerge: [patch.yaml]' >app/kustomization.yaml
  built=$(pkg/usr/bin/kubectl kustomize app 2>/dev/null) || code=$?
  built=$(sed -n '/^  ports:/,$p' <<<"$built" | sed '1d; s/^  - /- /; s/^   *//' | paste -sd, | sed 's/,- /} {/g; s/^- /{/; s/$/}/')
  echo "[$1] patched with $2: exit code $code, $built"
  [[ $code == 0 && $built == "$expected" ]] || { echo "not so any more: $expected was expected" >&2; result=1; }
}
try '{port: 53}' '{port: 53, nodePort: 30053}' '{nodePort: 30053,port: 53}'
try '{port: 53, protocol: TCP}' '{port: 53, protocol: TCP, nodePort: 30053}' '{nodePort: 30053,port: 53,protocol: TCP}'
try '{port: 53}' '{port: 53, protocol: TCP, nodePort: 30053}' '{port: 53}' '{nodePort: 30053,port: 53,protocol: TCP}'
try '{port: 53, protocol: TCP}' '{port: 53, nodePort: 30053}' '{port: 53,protocol: TCP}' '{nodePort: 30053,port: 53,protocol: TCP}'
try '{port: 53, protocol: UDP}, {port: 53, protocol: TCP}' '{port: 53, protocol: UDP, nodePort: 30053}' \
  '{nodePort: 30053,port: 53,protocol: UDP} {port: 53,protocol: TCP}'
try '{port: 53, protocol: UDP}, {port: 53}' '{port: 53, protocol: UDP, nodePort: 30053}' '{port: 53}' \
  '{nodePort: 30053,port: 53,protocol: UDP} {port: 53}'
exit $result
