#!/bin/sh
# Starts hushgate and Prometheus by compose.yaml with podman, in a network namespace of their own.
#
#   tests/compose/run.sh       as `make compose-test`; the last line is the verdict
#
# Needs root, podman, podman-compose (or $COMPOSE), and the image of `make image`. Debian 12's
# podman-compose is too old: it gives "network_mode: host" a second network. Where the image of
# Prometheus that compose.yaml names is not there, Debian's Prometheus takes its place, in an image
# that is removed afterwards. Grafana is not started: Debian has none. What remains is in
# build/compose.
set -eu
cd "$(dirname "$0")/../.."
compose=${COMPOSE:-podman-compose}
folder=build/compose
space=hushgate-compose
prometheus=docker.io/$(sed -n 's/^ *image: \(prom\/.*\)/\1/p' compose.yaml)
made_image=

fail() {
    printf 'compose-test: %s\n' "$*" >&2
    exit 1
}

inside() { nsenter --net=/run/netns/$space "$@"; }

composed() { (cd $folder && inside "$compose" --project-name hushgate-test "$@" >>compose.log 2>&1); }

clean() {
    composed down --volumes --timeout 5 || true
    ip netns delete $space 2>/dev/null || true
    [ -z "$made_image" ] || podman rmi --force "$prometheus" >/dev/null 2>&1 || true
}

# ask QUERY: prints the value of the first series, or nothing.
ask() {
    inside curl -sG --max-time 5 --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query |
        sed -n 's/.*"value":\[[^,]*,"\([^"]*\)"\].*/\1/p'
}

# wait_for QUERY VALUE SECONDS
wait_for() {
    seconds=0
    until [ "$(ask "$1")" = "$2" ]; do
        seconds=$((seconds + 1))
        [ $seconds -le "$3" ] || fail "FAILED: $1 is not $2 after $3 s; see $folder/compose.log"
        sleep 1
    done
    echo "compose-test: $1 is $2 after $seconds s"
}

for tool in podman curl nsenter ip "$compose"; do
    command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install podman podman-compose curl"
done
case $("$compose" --version 2>/dev/null) in
*1.0.3*) fail "$compose is too old: pip install podman-compose, and name that by COMPOSE=PATH" ;;
esac
podman image exists hushgate:latest || fail "there is no image hushgate:latest: run 'make image'"

rm -rf $folder
mkdir -p $folder
cp -r compose.yaml Dockerfile config deploy grafana $folder
cp config/hushgate.example.yaml $folder/config/hushgate.yaml
trap clean EXIT
if ! podman image exists "$prometheus"; then
    made_image=yes
    echo "compose-test: Debian's Prometheus takes the place of $prometheus"
    # shellcheck disable=SC2086 # a list of words
    podman build ${IMAGE_BUILD:-} --tag "$prometheus" - >$folder/build.log 2>&1 <<'FILE' || fail "the image cannot be built: $folder/build.log"
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends prometheus
WORKDIR /etc/prometheus
ENTRYPOINT ["prometheus"]
FILE
fi

ip netns add $space
ip -n $space link set lo up
composed up --detach --no-build hushgate prometheus || fail "FAILED to start; see $folder/compose.log"
wait_for 'up{job="hushgate",instance="home"}' 1 60
wait_for 'hushgate_gate_up' 1 30
rules=$(inside curl -s http://127.0.0.1:9090/api/v1/rules | grep -o '"health":"[a-z]*"' | sort | uniq -c | tr -s ' ')
echo "compose-test: rules:$rules"
case $rules in *err* | "") fail "FAILED: rules are missing or wrong" ;; esac
echo "compose-test: passed"
