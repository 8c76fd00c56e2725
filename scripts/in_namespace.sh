#!/bin/sh
# Runs a command with the right to make network namespaces, nftables tables and queues.
#
#   scripts/in_namespace.sh COMMAND [ARGUMENT...]
#
# It has a network of its own, which sees nothing of this machine's: no address, no port, no rule.
# Anybody but root is root of a user namespace in it; where that is forbidden, one sentence says how
# to get it.
set -eu
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
export PATH

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

if [ "$(id -u)" = 0 ]; then
    become=
    unshare --net --mount true 2>/dev/null ||
        fail "root may not make network namespaces here: in a container, start it with --privileged."
else
    become='--user --map-root-user'
    # shellcheck disable=SC2086 # a list of words
    unshare $become --net --mount true 2>/dev/null ||
        fail "user namespaces are not allowed to $(id -un) here: run this as root, or ask an administrator for" \
            "'sysctl kernel.unprivileged_userns_clone=1' (Debian) or" \
            "'sysctl kernel.apparmor_restrict_unprivileged_userns=0' (Ubuntu)."
fi

# shellcheck disable=SC2086
lacking=$(unshare $become --net --mount sh -c '
    ip link add near type veth peer name far || echo "virtual Ethernet (CONFIG_VETH)"
    nft add table inet probe || echo "nftables (CONFIG_NF_TABLES_INET)"' 2>/dev/null | paste -sd, -)
[ -z "$lacking" ] || fail "this kernel lacks $lacking: load the modules veth and nf_tables as root, or boot the distribution's own kernel."

# shellcheck disable=SC2016 # expanded by the inner shell
[ -n "$become" ] || exec unshare --net sh -c 'ip link set lo up && exec "$@"' sh "$@"
# /run of the machine is not ours to write to; ip netns and hushgate keep their files there.
# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; a list of words
exec unshare $become --net --mount sh -c '
    mount -t tmpfs tmpfs /run
    mount -t sysfs sysfs /sys 2>/dev/null || true
    ip link set lo up
    exec "$@"' sh "$@"
