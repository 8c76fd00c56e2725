# shellcheck shell=sh
# Sourced: what the emulated machines have in common. They need no KVM, but minutes.
#
# A disk is made once, by root, since it holds files of several owners, and anew when what it is made
# from changes; what a run writes to it is forgotten. $MIRROR names another mirror of Debian than its
# usual one.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" # where mke2fs lives

fail() {
    printf 'vm-test: %s\n' "$*" >&2
    exit 1
}

for tool in qemu-system-x86_64 mmdebstrap mke2fs; do
    command -v $tool >/dev/null || fail "$tool is missing: run 'scripts/setup.sh vm' as root"
done

# make_disk FOLDER SIZE PACKAGES HOOK...: the kernel, the packages, and a small initial disk.
# shellcheck disable=SC2016 # expanded by the shells of mmdebstrap
make_disk() {
    [ "$(id -u)" = 0 ] || fail "only root can make the disk"
    at=$1 size=$2 packages=$3
    shift 3
    rm -rf --one-file-system "$at" # a mmdebstrap that was killed leaves /sys of this machine in there
    mkdir -p "$at"
    mmdebstrap --quiet --variant=minbase --include="linux-image-amd64,$packages" \
        --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"
            echo MODULES=list >"$1/etc/initramfs-tools/conf.d/small"
            printf "%s\n" virtio_pci virtio_blk ext4 >"$1/etc/initramfs-tools/modules"' \
        "$@" \
        --customize-hook='rm -rf "$1/usr/share/doc" "$1/usr/share/locale" "$1/var/cache/apt"' \
        trixie "$at/tree" ${MIRROR:+"$MIRROR"} >"$at/disk.log" 2>&1 ||
        fail "mmdebstrap failed: $(tail -n 3 "$at/disk.log")"
    cp "$at"/tree/boot/vmlinuz-* "$at/vmlinuz"
    cp "$at"/tree/boot/initrd.img-* "$at/initrd"
    mke2fs -q -t ext4 -O ^has_journal -d "$at/tree" "$at/disk" "$size"
    rm -rf --one-file-system "$at/tree"
}

# boot FOLDER SECONDS KERNEL-ARGUMENTS OPTION...: shows what it says of itself; fails unless it wrote 0.
# One processor: with two, the emulation loses track of a kernel that changes its own code (qemu 7.2).
boot() {
    at=$1 seconds=$2 arguments=$3
    shift 3
    echo "vm-test: booting; its console is $at/console.log"
    rm -f "$at/status"
    timeout "$seconds" qemu-system-x86_64 -accel tcg -cpu max -smp 1 -m 1024 -display none -nic none \
        -kernel "$at/vmlinuz" -initrd "$at/initrd" \
        -append "console=ttyS0 quiet panic=-1 mitigations=off root=/dev/vda rw $arguments" \
        -drive "file=$at/disk,if=virtio,format=raw,snapshot=on" "$@" \
        -serial stdio -serial "file:$at/status" </dev/null |
        tee "$at/console.log" | sed -un '/hushgate: /,$p'
    [ "$(tr -d '\r\n' <"$at/status")" = 0 ] || fail "FAILED"
}
