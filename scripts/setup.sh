#!/bin/sh
# Sets up what hushgate needs on this machine: Debian packages, .venv, Python packages by hash.
#
#   scripts/setup.sh          what the demo and the gateway need
#   scripts/setup.sh tests    the programs that tests compare with as well
#   scripts/setup.sh vm       what `make vm-test` boots a machine with as well
#
# $PYTHON names the interpreter; without it the first one from 3.13 on is taken. Root gets missing
# Debian packages installed; anybody else is told the command for an administrator. A second run
# with nothing changed ends at once. The whole output of apt and pip is in build/setup.log.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" # where nft lives; not in an ordinary user's PATH
tests=${1:-}
started=$(date +%s)
mkdir -p build
log=build/setup.log

say() { printf 'set-up: %s\n' "$*"; }
fail() {
    printf 'set-up: %s\n' "$*" >&2
    exit 1
}

# --- the interpreter -------------------------------------------------------------------------

# Prints "new" or "old", the version, and the real path of an interpreter; nothing if it won't run.
probe() {
    "$1" -c 'import os, sys
print("new" if sys.version_info >= (3, 13) else "old", "%d.%d.%d" % sys.version_info[:3],
      os.path.realpath(getattr(sys, "_base_executable", sys.executable)))' 2>/dev/null || true
}

# shellcheck disable=SC1091 # a file of the machine
how_to_get_python() {
    case $(. /etc/os-release && echo "$ID $VERSION_ID") in
    "debian 12") echo "Debian 12 has no package of it: run 'pyenv install 3.13' or 'uv python install 3.13', then make PYTHON=PATH_OF_IT setup" ;;
    *) echo "run 'apt install python3 python3-venv' (Debian 13 and newer), or name one: make PYTHON=PATH_OF_IT setup" ;;
    esac
}

# Sets $python and $version from the first candidate that is new enough.
find_python() {
    too_old=
    for candidate in "$@"; do
        read -r age version python <<EOF
$(probe "$candidate")
EOF
        case $age in
        new) return ;;
        old) too_old=${too_old:-" ($candidate is $version)"} ;;
        esac
    done
    fail "Python 3.13 or newer is missing$too_old; $(how_to_get_python)"
}

[ -z "${PYTHON:-}" ] || [ -n "$(probe "$PYTHON")" ] || fail "PYTHON=$PYTHON is not a Python that runs"
if [ -n "${PYTHON:-}" ]; then
    find_python "$PYTHON"
else
    find_python python3.13 python3.14 python3 "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.1[3-9]*/bin/python3
fi

# --- what is already there -------------------------------------------------------------------

stamp=.venv/set-up
inputs=$({ echo "$PWD" "$python" "$version" && cat pyproject.toml requirements/build.lock requirements/dev.lock scripts/setup.sh; } | sha256sum)
up_to_date() { [ -x .venv/bin/hushgate ] && [ "$(cat $stamp 2>/dev/null)" = "$inputs" ]; }

# need PACKAGE TEST...: remembers the Debian package unless the test succeeds.
need() {
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

has_python_header() {
    "$python" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))'
}

find_missing() {
    missing=
    need nftables command -v nft
    need iptables command -v iptables
    need iproute2 command -v ip
    need conntrack command -v conntrack
    if ! up_to_date; then # NetfilterQueue is compiled on this machine
        need gcc command -v gcc
        need libc6-dev test -e /usr/include/stdio.h
        need libnetfilter-queue-dev test -e /usr/include/libnetfilter_queue/libnetfilter_queue.h
        need python3-dev has_python_header
        need python3-venv "$python" -c 'import ensurepip'
    fi
}

has_postgresql() { ls /usr/lib/postgresql/*/bin/initdb; } # its programs are in no PATH

find_missing_for_tests() {
    missing=
    need tshark command -v tshark
    need dnsmasq-base command -v dnsmasq
    need prometheus command -v promtool
    need jsonnet command -v jsonnet
    need postgresql has_postgresql
    need espeak-ng command -v espeak-ng
    need chromium command -v chromium
    need curl command -v curl
    need openssl command -v openssl
    need gnutls-bin command -v gnutls-cli
    need ethtool command -v ethtool
}

find_missing_for_vm() {
    missing=
    need qemu-system-x86 command -v qemu-system-x86_64
    need mmdebstrap command -v mmdebstrap
    need e2fsprogs command -v mke2fs
}

# --- steps -----------------------------------------------------------------------------------

# counted PATTERN TOTAL COMMAND...: runs it into the log; shows how many of its lines match so far.
counted() {
    pattern=$1 total=$2 new_line=
    shift 2
    [ ! -t 1 ] || new_line='
'
    rm -f build/.failed
    { "$@" 2>&1 || : >build/.failed; } | {
        count=0
        while IFS= read -r line; do
            printf '%s\n' "$line" >>"$log"
            # shellcheck disable=SC2254 # a pattern it is
            case $line in
            $pattern)
                count=$((count + 1))
                if [ -t 1 ]; then
                    printf '\r  %d of %d' "$count" "$total"
                elif [ $((count % 20)) -eq 0 ]; then
                    printf '  %d of %d\n' "$count" "$total"
                fi
                ;;
            "Building wheels for "*) printf '%s  compiling\n' "$new_line" ;;
            "Installing collected "*) printf '%s  unpacking\n' "$new_line" ;;
            esac
        done
    }
    [ ! -e build/.failed ] && return
    rm -f build/.failed
    tail -n 12 "$log" | cut -c 1-200 >&2
    return 1
}

# What apt installs here must not begin to serve: tests start what they need themselves.
hold_services() {
    policy=/usr/sbin/policy-rc.d
    [ ! -e $policy ] || return 0
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
}

install_debian_packages() {
    say "installing Debian packages:$missing"
    hold_services
    export DEBIAN_FRONTEND=noninteractive
    wait_for_lock='-o DPkg::Lock::Timeout=120'
    # shellcheck disable=SC2086 # lists of words
    { apt-get $wait_for_lock -q update && apt-get $wait_for_lock -q --simulate --no-install-recommends \
        install $missing; } >>"$log" 2>&1 || true
    total=$(grep -c '^Inst ' "$log" || true)
    # shellcheck disable=SC2086
    counted 'Unpacking *' "$total" apt-get $wait_for_lock -q -y --no-install-recommends install $missing ||
        fail "apt-get failed (above); the whole log is $log"
    case $missing in *prometheus*) systemctl disable prometheus >>"$log" 2>&1 || true ;; esac
}

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
for_administrator() { printf 'apt-get install --no-install-recommends%s' "$missing"; }

# Asks for what is not there; leaves in $missing what could not be installed.
provide() {
    "$1"
    [ -n "$missing" ] && can_install || return 0
    install_debian_packages
    "$1" # apt-get can end well and have installed nothing
}

# Whether .venv runs the chosen interpreter and was made in this folder.
venv_fits() {
    case $(head -n 1 .venv/bin/pip 2>/dev/null) in "#!$PWD/.venv/bin/"*) ;; *) return 1 ;; esac
    [ "$(probe .venv/bin/python)" = "new $version $python" ]
}

pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }

# Nothing but what the lock files name is taken, the tools that build the C extension included.
install_python_packages() {
    if ! venv_fits; then
        rm -rf .venv
        "$python" -m venv .venv >>"$log" 2>&1 || fail "python -m venv failed: $(tail -n 3 "$log")"
    fi
    total=$(cat requirements/build.lock requirements/dev.lock | grep -c '==')
    say "installing $total Python packages into .venv, each checked against its hash"
    counted '*(from -r *' "$total" pip_steps || fail "pip failed (above); the whole log is $log"
    printf '%s\n' "$inputs" >"$stamp"
}

pip_steps() {
    hashed='--progress-bar off --require-hashes --no-deps --no-build-isolation'
    # shellcheck disable=SC2086
    pip install $hashed -r requirements/build.lock && pip install $hashed -r requirements/dev.lock &&
        pip install --no-deps --no-build-isolation --editable . || return
    # pip compiles what it installs, and this it only links; a service may not write here.
    .venv/bin/python -m compileall -q addon || return
    pip check && return
    echo "the lock files do not fit pyproject.toml: run 'make lock'"
    return 1
}

# Other people's voice clients for the tests, old packages, in a venv of their own.
install_voice_clients() {
    clients=build/voice-clients
    clients_inputs=$({ echo "$PWD" "$python" "$version" && cat requirements/voice-clients.lock; } | sha256sum)
    [ "$(cat $clients/set-up 2>/dev/null)" != "$clients_inputs" ] || return 0
    say "installing real voice clients for the tests into $clients"
    rm -rf $clients
    if { "$python" -m venv --without-pip $clients &&
        pip --python $clients/bin/python install --progress-bar off --require-hashes --no-deps \
            --only-binary :all: -r requirements/voice-clients.lock; } >>"$log" 2>&1; then
        printf '%s\n' "$clients_inputs" >$clients/set-up
    else
        say "they could not be installed ($log says why); the tests that use them will be skipped"
    fi
    [ "$(id -u)" != 0 ] || chown -R --reference=. build
}

# --- in order --------------------------------------------------------------------------------

: >"$log"
provide find_missing
[ -z "$missing" ] || fail "these Debian packages are missing, ask an administrator to run: $(for_administrator)"

if up_to_date; then
    say "up to date (Python $version, .venv)"
else
    say "Python $version ($python)"
    install_python_packages
    # What sudo made belongs to whoever owns the clone.
    [ "$(id -u)" != 0 ] || chown -R --reference=. .venv build
    say "ready after $(($(date +%s) - started)) s: .venv/bin/hushgate"
fi
# The service may not write here, so it would compile every module at each of its starts.
.venv/bin/python -m compileall -q addon || say "the modules could not be compiled; they work, more slowly"
[ "$(id -u)" != 0 ] || chown -R --reference=. addon

if [ "$tests" = tests ]; then
    install_voice_clients
    provide find_missing_for_tests
    [ -z "$missing" ] || say "tests that compare with these will be skipped:$missing (an administrator can run: $(for_administrator))"
fi

if [ "$tests" = vm ]; then
    provide find_missing_for_vm
    [ -z "$missing" ] || fail "these Debian packages are missing, ask an administrator to run: $(for_administrator)"
fi
