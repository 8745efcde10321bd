#!/usr/bin/env bash
# `promtool check metrics` passes a page with an indented line, for which Prometheus takes the whole target to be down, and refuses others that
# Prometheus reads.
#
# Guessed: promtool, which comes with Prometheus, reads a page as the server does. The text format's description lets leading and trailing blanks be
#          ignored, and timestamps be any 64-bit number of milliseconds.
# What happens: they have a parser each. One blank in front of one sample, or a timestamp before 1970: promtool ends with 0, the server drops all
#          of the page and says "up" is 0. A blank at the end of a line, a last line without its end, or a TYPE behind the sample: promtool
#          fails, the server reads it. Prometheus 2.42 and 2.53.
# Affected: authors of exporters, who have their page checked in a build: it is passed, and at the next scrape all metrics of the process are
#          gone; or a page that works fails the build.
#
# Takes Debian 12 or 13 with apt, python3; no root. Twenty seconds.
set -euo pipefail

# shellcheck source=/dev/null
case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
  bookworm) packages=(prometheus=2.42.0+ds-5+deb12u1) ;;
  trixie) packages=(prometheus=2.53.3+ds1-2 promtool=2.53.3+ds1-2) ;;
  *) echo "this takes Debian 12 or 13" >&2; exit 2 ;;
esac
folder=$(mktemp -d)
started=()
# shellcheck disable=SC2317 # by the trap
cleanup() {
  ((${#started[@]} == 0)) || kill "${started[@]}" 2>/dev/null || true
  wait
  rm -rf "$folder"
}
trap cleanup EXIT
cd "$folder"
chmod 777 .
apt-get -qq download "${packages[@]}"
for package in *.deb; do dpkg-deb -x "$package" pkg; done
pkg/usr/bin/prometheus --version 2>&1 | sed -n 1p

# The pages, each with a second metric that is beyond doubt.
mkdir pages
page() { # name, lines as printf takes them
  # shellcheck disable=SC2059 # escapes are meant
  printf "# HELP b Beyond doubt.\n# TYPE b gauge\nb 1\n$2" >"pages/$1"
}
head='# HELP a A gauge.\n# TYPE a gauge\n'
page plain "${head}a 1\n"
page blank-in-front "$head a 1\n"
page timestamp-before-1970 "${head}a 1 -1000\n"
page blank-at-the-end "${head}a 1 \n"
page last-line-not-ended "${head}a 1"
page type-behind-the-sample '# HELP a A gauge.\na 1\n# TYPE a gauge\n'

python3 -u -c '
import http.server, pathlib
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = pathlib.Path("pages", self.path[1:]).read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
print(server.server_port)
server.serve_forever()
' >port &
started+=($!)
until [[ -s port ]]; do sleep 0.1; done
{
  printf 'global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n'
  for file in pages/*; do
    printf -- '- {job_name: %s, metrics_path: /%s, static_configs: [{targets: ["127.0.0.1:%s"]}]}\n' "${file#*/}" "${file#*/}" "$(<port)"
  done
} >prometheus.yml
listen=127.0.0.1:$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
pkg/usr/bin/prometheus --config.file=prometheus.yml --storage.tsdb.path=data "--web.listen-address=$listen" --log.level=error &
started+=($!)

python3 - "$listen" <<'PY' | tee seen
import json, pathlib, subprocess, sys, time, urllib.request


def targets():
    try:
        with urllib.request.urlopen("http://" + sys.argv[1] + "/api/v1/targets", timeout=5) as answer:
            return json.load(answer)["data"]["activeTargets"]
    except OSError:
        return []


for attempt in range(300):
    state = {target["labels"]["job"]: target for target in targets()}
    if state and all(target["health"] != "unknown" for target in state.values()):
        break
    time.sleep(0.2)
for name, target in sorted(state.items()):
    check = subprocess.run(["pkg/usr/bin/promtool", "check", "metrics"], stdin=open(pathlib.Path("pages", name)), capture_output=True, text=True)
    print(f"{name}: promtool exit code {check.returncode}, target {target['health']}", target["lastError"][:70], check.stderr.strip()[-60:])
PY
result=0
expect() { # page, promtool's exit code, the target's health
  grep -q "^$1: promtool exit code $2, target $3 " seen || { echo "not so any more: $*" >&2; result=1; }
}
expect plain 0 up
expect blank-in-front 0 down
expect timestamp-before-1970 0 down
expect blank-at-the-end 1 up
expect last-line-not-ended 1 up
expect type-behind-the-sample 1 up
exit $result
