#!/usr/bin/env bash
# kustomize's commonLabels gives a selector to a Service that has none.
#
# One would expect: labels are added to what has labels and to selectors that there are. A Service without a selector, whose endpoints
#                   is written by hand, stays one.
# What happens:     the Service gets "selector: {team: shop}", made from nothing. The cluster's own controller then looks for pods with that
#                   label, and writes an EndpointSlice of those beside the one by hand, or an empty one. All the team's pods may be among them,
#                   whatever they listen at.
# Affected:         Services for what is outside of the cluster: part of the connections go to pods, which are no database.
#
# Takes Debian 12 or 13 with apt; no root.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) package=kubernetes-client=1.20.5+really1.20.2-1.1+deb12u1 ;;
  trixie) package=kubectl=1.32.3+ds-2 ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 777 .
apt-get -qq download "$package"
dpkg-deb -x ./*.deb pkg
mkdir app
cat >app/objects.yaml <<'YAML'
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {ports: [{name: pg, port: 5432}]}
YAML
printf 'resources: [objects.yaml]\ncommonLabels: {team: shop}\n' >app/kustomization.yaml
echo "$package"
built=$(pkg/usr/bin/kubectl kustomize app 2>/dev/null)
echo "$built"
[[ $(grep -A1 '^  selector:$' <<<"$built") == $'  selector:\n    team: shop' ]] || { echo "not seen any more" >&2; exit 1; }
