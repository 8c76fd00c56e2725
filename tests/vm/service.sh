#!/bin/sh
# Installs hushgate on Debian 13 with systemd as docs/install.md says, boots it, and boots it again.
#
#   tests/vm/service.sh        as `make vm-test`; the last line is the verdict, so is the exit status
#
# What is typed is what stands in the document; the working tree takes the place of the clone. The
# rest is in tests/vm/first_boot.py, where it becomes a service, and second_boot.py, where it goes.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/vm/machine.sh
. tests/vm/machine.sh
folder=build/vm-service

made_from=$(git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard |
    xargs -0 cat | sha256sum)
if [ "$made_from" != "$(cat $folder/made_from 2>/dev/null)" ]; then
    echo "vm-test: installing Debian and hushgate, which takes minutes"
    packages=$(sed -n 's/^    sudo apt install \(git [a-z0-9 -]*[a-z0-9]\).*/\1/p' docs/install.md | tr ' ' ,)
    # This machine's own authorities are trusted there too: some networks open TLS.
    # shellcheck disable=SC2016 # expanded by the shell of mmdebstrap
    make_disk $folder 2G "systemd-sysv,dbus,sudo,procps,ca-certificates,$packages" \
        --customize-hook='mkdir -p "$1/usr/local/share/ca-certificates" "$1/opt/hushgate" "$1/etc/hushgate"
            cp /usr/local/share/ca-certificates/*.crt "$1/usr/local/share/ca-certificates/" 2>/dev/null || true
            chroot "$1" update-ca-certificates' \
        --customize-hook='git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard |
            xargs -0 cp --parents --no-dereference --target-directory="$1/opt/hushgate"' \
        --customize-hook='chroot "$1" sudo make -C /opt/hushgate setup' \
        --customize-hook='cp tests/vm/hushgate.yaml "$1/etc/hushgate/"
            echo gateway >"$1/etc/hostname"
            echo "127.0.1.1 gateway" >>"$1/etc/hosts"
            cp tests/vm/boot.service "$1/etc/systemd/system/"
            chroot "$1" systemctl enable boot.service'
    echo "$made_from" >$folder/made_from
fi
boot $folder 1800 "systemd.mask=serial-getty@ttyS0.service systemd.mask=getty.target"
echo "vm-test: passed"
