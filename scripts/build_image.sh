#!/bin/sh
# Builds the container image from the Dockerfile with docker or podman.
#
#   scripts/build_image.sh [TAG]        (default: hushgate)
#
# IMAGE_BUILD holds further options for the build, e.g. IMAGE_BUILD="--network host".
set -eu
cd "$(dirname "$0")/.."
tag=${1:-hushgate}
# HEALTHCHECK is kept in Docker's image format only; docker itself knows no other.
# shellcheck disable=SC2086 # a list of words
if command -v docker >/dev/null; then
    exec docker build ${IMAGE_BUILD:-} --tag "$tag" .
elif command -v podman >/dev/null; then
    exec podman build ${IMAGE_BUILD:-} --format docker --tag "$tag" .
fi
echo "docker or podman is missing: apt install docker.io, or apt install podman" >&2
exit 1
