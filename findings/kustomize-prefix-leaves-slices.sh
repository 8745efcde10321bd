#!/usr/bin/env bash
# kustomize's namePrefix renames a Service and not the label by which its EndpointSlices name it: the Service has no endpoints then.
#
# One would expect: a prefix changes all references to what it renames, as it does for ConfigMaps, Secrets and service accounts.
# What happens:     Service db becomes dev-db, EndpointSlice db-1 becomes dev-db-1, and its label kubernetes.io/service-name still
#                   says db. (A v1 Endpoints object, found by its name, goes along.) nameSuffix does the same.
# Affected:         EndpointSlices written by hand, for a database outside of the cluster for example, in an environment with a prefix:
#                   every connection is refused, or goes to another environment's Service db.
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
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
ports: [{name: pg, port: 5432}]
endpoints: [{addresses: [192.0.2.7]}]
YAML
printf 'resources: [objects.yaml]\nnamePrefix: dev-\n' >app/kustomization.yaml
echo "$package"
built=$(pkg/usr/bin/kubectl kustomize app)
grep -E '^kind:|^  name:|service-name' <<<"$built"
grep -q '^  name: dev-db$' <<<"$built" && grep -q '^  name: dev-db-1$' <<<"$built" &&
  grep -q 'kubernetes.io/service-name: db$' <<<"$built" || { echo "not seen any more" >&2; exit 1; }
