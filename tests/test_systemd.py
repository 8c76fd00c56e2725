"""The units: hardened, never opening what they leave, shut before the network is up."""

import configparser
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[1] / "deploy" / "systemd"
THRESHOLD = "25"
"""Of `systemd-analyze security`: 25 is 2.5 of 10, where 10 is a service with every right."""


def read(name: str) -> Mapping[str, Mapping[str, str]]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNITS / name)
    return parser


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing")
@pytest.mark.parametrize(
    "name", ["hushgate.service", "hushgate-shut.service", "hushgate-ship.service"]
)
def test_a_unit_has_few_rights(name: str) -> None:
    words = ("security", "--offline=true", "--no-pager", f"--threshold={THRESHOLD}")
    done = subprocess.run(
        ["systemd-analyze", *words, str(UNITS / name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_a_stop_a_crash_and_an_upgrade_leave_the_speakers_shut() -> None:
    service = read("hushgate.service")["Service"]
    assert service["ExecStart"].endswith("hushgate run --stay-shut")
    assert not {"ExecStop", "ExecStopPost"} & set(service)
    assert service["Restart"] == "on-failure"


def test_speakers_are_shut_before_the_network_is_up_and_after_rules_are_flushed() -> None:
    unit = read("hushgate-shut.service")["Unit"]
    assert "network-pre.target" in unit["Before"]
    assert "nftables.service" in unit["After"]
    assert unit["DefaultDependencies"] == "no"
    assert "hushgate-shut.service" in read("hushgate.service")["Unit"]["Wants"]


def test_the_boot_reads_which_speakers_were_found_as_the_user_who_wrote_it() -> None:
    keys = ("User", "DynamicUser", "StateDirectory", "StateDirectoryMode")
    shut, guard = (read(f"{name}.service")["Service"] for name in ("hushgate-shut", "hushgate"))
    assert [shut[key] for key in keys] == [guard[key] for key in keys]


def test_the_service_may_ask_whether_ntp_vouches_for_the_clock() -> None:
    service = read("hushgate.service")["Service"]
    calls = service["SystemCallFilter"].split()
    assert {"adjtimex", "clock_adjtime"} <= set(calls)  # the C library may use either
    assert "ProtectClock" not in service  # it forbids that call altogether: systemd.exec(5)
