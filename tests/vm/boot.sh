#!/bin/sh
# What a boot of tests/vm/service.sh runs: the first one's tests, a reboot, the second one's; how
# they ended goes to the second serial line.
boots=/var/lib/boots
cd /opt/hushgate || exit
if [ ! -e $boots ]; then tests=first_boot; else tests=second_boot; fi
echo >>$boots
echo "hushgate: $tests on Linux $(uname -r)"
.venv/bin/python -m pytest -p no:cacheprovider --color=no -q --tb=short --durations=5 -x tests/vm/$tests.py
status=$?
[ $status != 0 ] || [ $tests = second_boot ] || exec systemctl reboot
[ $status = 0 ] || journalctl --no-pager -b -n 60 -u hushgate -u hushgate-shut
echo $status >/dev/ttyS1
systemctl poweroff --force
