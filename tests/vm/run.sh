#!/bin/sh
# Runs tests of the gate on Debian 13's own kernel, which has the queue statement of nftables.
#
#   tests/vm/run.sh            as `make vm-test`; the last line is the verdict, so is the exit status
#
# The machine is qemu's emulation, so it needs neither KVM nor root, and takes minutes. Its disk holds
# nothing but packages of Debian, is made once, and stays as it was: what a run writes is forgotten.
# The clone is mounted into it, read-only, and .venv with it, which has to be of Python 3.13 as
# Debian 13's. $MIRROR names another mirror of Debian than its usual one.
set -eu
cd "$(dirname "$0")/../.."
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" # where mke2fs lives
folder=build/vm
log=build/vm/console.log

fail() {
    printf 'vm-test: %s\n' "$*" >&2
    exit 1
}

# The kernel, hushgate's Debian packages (those of the Dockerfile), and a small initial disk.
# shellcheck disable=SC2016 # expanded by the shells of mmdebstrap
make_disk() {
    echo "vm-test: making the disk from Debian's packages, which takes a minute or two"
    rm -rf $folder
    mkdir -p $folder
    mmdebstrap --quiet --variant=minbase \
        --include=linux-image-amd64,python3,nftables,iptables,iproute2,conntrack,libnetfilter-queue1 \
        --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"
            echo MODULES=list >"$1/etc/initramfs-tools/conf.d/small"
            printf "%s\n" virtio_pci virtio_blk ext4 >"$1/etc/initramfs-tools/modules"' \
        --customize-hook='copy-in tests/vm/init /' \
        --customize-hook='rm -rf "$1/usr/share/doc" "$1/usr/share/locale" "$1/var/cache/apt"
            mkdir "$1/hushgate"' \
        trixie $folder/root ${MIRROR:+"$MIRROR"} >$folder/disk.log 2>&1 ||
        fail "mmdebstrap failed: $(tail -n 3 $folder/disk.log)"
    cp $folder/root/boot/vmlinuz-* $folder/vmlinuz
    cp $folder/root/boot/initrd.img-* $folder/initrd
    mke2fs -q -t ext4 -O ^has_journal -d $folder/root $folder/disk 700M
    rm -rf $folder/root
    cat tests/vm/run.sh tests/vm/init | sha256sum >$folder/made_from
}

for tool in qemu-system-x86_64 mmdebstrap mke2fs; do
    command -v $tool >/dev/null || fail "$tool is missing: run 'scripts/setup.sh vm' as root"
done
[ -d .venv/lib/python3.13 ] || fail ".venv is not of Python 3.13, which the machine has"
[ "$(cat tests/vm/run.sh tests/vm/init | sha256sum)" = "$(cat $folder/made_from 2>/dev/null)" ] || make_disk

echo "vm-test: booting; its console is $log"
rm -f $folder/status
# One processor: with two, the emulation loses track of a kernel that changes its own code (qemu 7.2).
timeout 900 qemu-system-x86_64 -accel tcg -cpu max -smp 1 -m 1024 -display none -no-reboot -nic none \
    -kernel $folder/vmlinuz -initrd $folder/initrd \
    -append "console=ttyS0 quiet panic=-1 mitigations=off root=/dev/vda rw init=/init" \
    -drive file=$folder/disk,if=virtio,format=raw,snapshot=on \
    -virtfs local,path="$PWD",mount_tag=hushgate,security_model=none,readonly=on \
    -serial stdio -serial file:$folder/status </dev/null | tee $log | sed -un '/hushgate: /,$p'

[ "$(tr -d '\r\n' <$folder/status)" = 0 ] || fail "FAILED"
echo "vm-test: passed"
