#!/bin/sh
# Runs every test, in three parts at the same time, each in a network of its own.
#
#   scripts/run_tests.sh
#
# End-to-end tests speak in real time and mostly wait: they are two of the parts, and the other tests
# take what they leave of the processors. What failed is run once more by itself, for the machine may
# have had no time for speech, and is named at the end: what fails twice is wrong.
set -eu
cd "$(dirname "$0")/.."
logs=build/tests
mkdir -p "$logs"
rm -f "$logs"/*

# run PART OPTION...: prints each line behind the part's name, and keeps it
run() {
    part=$1 nice=0
    shift
    case $part in
    one) set -- tests/e2e/test_[a-l]*.py "$@" ;;
    two) set -- tests/e2e/test_[m-z]*.py "$@" ;;
    rest) nice=5 && set -- --ignore=tests/e2e "$@" ;;
    esac
    : >"$logs/$part.failed"
    {
        nice -n "$nice" scripts/in_namespace.sh .venv/bin/python -m pytest \
            -o "cache_dir=.pytest_cache/$part" "$@" 2>&1 && rm "$logs/$part.failed"
    } | tee -a "$logs/$part.log" | sed -u "s/^/$part: /"
}

for part in one two rest; do
    run "$part" &
done
wait

status=0
for part in one two rest; do
    [ -e "$logs/$part.failed" ] || continue
    sed -n "s/^\(FAILED\|ERROR\) /failed at first: /p" "$logs/$part.log" >>"$logs/first"
    run "$part" --last-failed --last-failed-no-failures=none
    [ ! -e "$logs/$part.failed" ] || status=1
done
[ ! -e "$logs/first" ] || cat "$logs/first"
for part in one two rest; do
    sed -n "\$s/^/$part: /p" "$logs/$part.log"
done
exit "$status"
