#!/bin/sh
# Runs tests of the gate on Debian 13's own kernel, which has the queue statement of nftables.
#
#   tests/vm/run.sh            as `make vm-test`; the last line is the verdict, so is the exit status
#
# The disk holds nothing but packages of Debian. The clone is mounted into the machine, read-only,
# and .venv with it, which has to be of Python 3.13 as Debian 13's.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/vm/machine.sh
. tests/vm/machine.sh
folder=build/vm

[ -d .venv/lib/python3.13 ] || fail ".venv is not of Python 3.13, which the machine has"
made_from=$(cat tests/vm/machine.sh tests/vm/run.sh tests/vm/init | sha256sum)
if [ "$made_from" != "$(cat $folder/made_from 2>/dev/null)" ]; then
    echo "vm-test: making the disk from Debian's packages, which takes a minute or two"
    # shellcheck disable=SC2016 # expanded by the shell of mmdebstrap
    make_disk $folder 700M python3,nftables,iptables,iproute2,conntrack,libnetfilter-queue1 \
        --customize-hook='copy-in tests/vm/init /' --customize-hook='mkdir "$1/hushgate"'
    echo "$made_from" >$folder/made_from
fi
boot $folder 1800 init=/init -no-reboot \
    -virtfs local,path="$PWD",mount_tag=hushgate,security_model=none,readonly=on
echo "vm-test: passed"
