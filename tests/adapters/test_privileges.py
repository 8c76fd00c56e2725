"""What a process keeps, seen by the kernel's own account of it."""

import pwd
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

NET_ADMIN = f"{1 << 12:016x}"
NOTHING = "0" * 16


def run_after(drop: str, then: str) -> str:
    """Run Python that drops rights first; return what it printed."""
    code = (
        "import subprocess\n"
        "from hushgate.adapters.privileges import Capability, hand_over, keep_only\n"
        f"{drop}\n{then}\n"
    )
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


STATUS = (
    "for line in open('/proc/self/status'):\n"
    "    if line.startswith(('Cap', 'NoNew', 'Uid')): print(*line.split()[:2])"
)


def test_the_gate_keeps_the_right_to_change_the_network_and_nothing_more() -> None:
    shown = run_after("keep_only(Capability.NET_ADMIN)", STATUS)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert f"{name}: {NET_ADMIN}" in shown
    assert "NoNewPrivs: 1" in shown


def test_the_addon_keeps_nothing() -> None:
    shown = run_after("keep_only()", STATUS)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert f"{name}: {NOTHING}" in shown


def test_programs_it_starts_have_the_same_rights() -> None:
    script = "subprocess.run(['nft', 'add', 'table', 'inet', 'x'], check=True)\nprint('added')"
    assert "added" in run_after("keep_only(Capability.NET_ADMIN)", script)
    script = "print(subprocess.run(['nft', 'add', 'table', 'inet', 'x']).returncode)"
    assert run_after("keep_only()", script).strip() == "1"


@pytest.mark.skipif(
    Path("/proc/self/uid_map").read_text().split()[2] == "1", reason="there is one user only here"
)
def test_as_another_user_it_still_changes_the_network() -> None:
    script = STATUS + "\nsubprocess.run(['nft', 'add', 'table', 'inet', 'x'], check=True)"
    shown = run_after("keep_only(Capability.NET_ADMIN, user='nobody')", script)
    assert f"Uid: {pwd.getpwnam('nobody').pw_uid}" in shown


def test_what_is_gone_cannot_be_kept_and_that_is_said() -> None:
    script = (
        "from hushgate.core.errors import UnavailableError\n"
        "try: keep_only(Capability.NET_ADMIN)\n"
        "except UnavailableError as error: print(error)"
    )
    assert "this needs CAP_NET_ADMIN; run it as root" in run_after("keep_only()", script)


def test_a_user_that_does_not_exist_is_said() -> None:
    script = (
        "from hushgate.core.errors import UnavailableError\n"
        "try: keep_only(user='nobody-at-all')\n"
        "except UnavailableError as error: print(error)"
    )
    assert 'there is no user "nobody-at-all"' in run_after("", script)
