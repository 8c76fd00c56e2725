#!/bin/sh
# Builds the container image from the Dockerfile with docker or podman.
#
#   scripts/build_image.sh [TAG]        (default: hushgate)
#
# IMAGE_BUILD holds further options for the build, e.g. IMAGE_BUILD="--network host".
set -eu
cd "$(dirname "$0")/.."
tag=${1:-hushgate}
for tool in docker podman; do
    "$tool" info >/dev/null 2>&1 || continue
    # Docker's image format, since the other one has no HEALTHCHECK; docker itself knows no other.
    format=
    [ "$tool" = docker ] || format='--format docker'
    # shellcheck disable=SC2086 # lists of words
    exec "$tool" build ${IMAGE_BUILD:-} $format --tag "$tag" .
done
echo "no docker or podman works here: apt install docker.io, or apt install podman" >&2
exit 1
