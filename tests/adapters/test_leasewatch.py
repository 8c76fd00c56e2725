"""Lease files of a running gateway: new leases once, and what is wrong with a file."""

from pathlib import Path

from hushgate.adapters.leasewatch import LeaseWatch
from hushgate.core.facts import Leased

ECHO, HOMEPOD = "fc:65:de:00:00:01", "d4:a3:3d:00:00:02"
LINE = f"1700000000 {ECHO} 192.168.1.7 kitchen *\n"
LEASE = Leased(ECHO, "192.168.1.7", "kitchen", None, ())


def test_new_leases_are_told_once(tmp_path: Path) -> None:
    usual, named = tmp_path / "usual", tmp_path / "named"
    watch = LeaseWatch((usual,))
    assert watch.look((named,)) == []
    usual.write_text(LINE)
    assert watch.look((named,)) == [LEASE]
    assert watch.look((named,)) == []
    usual.write_text(LINE + f"1700000009 {HOMEPOD} 192.168.1.8 * *\n")
    named.write_text(LINE)
    assert watch.look((named,)) == [Leased(HOMEPOD, "192.168.1.8", None, None, ()), LEASE]


def test_a_file_that_is_named_should_be_there(tmp_path: Path) -> None:
    watch, absent = LeaseWatch((tmp_path / "usual",)), tmp_path / "absent"
    watch.look((absent,))
    (problem,) = watch.problems((absent,))
    assert "no such lease file" in problem


def test_what_cannot_be_read_is_said_until_it_can(tmp_path: Path) -> None:
    file = tmp_path / "leases"
    file.write_text("nonsense\n")
    watch = LeaseWatch((file,))
    assert watch.look(()) == []
    assert "no leases of dnsmasq" in watch.problems(())[0]
    file.write_text(LINE)
    assert watch.look(()) == [LEASE]
    assert watch.problems(()) == []


def test_a_file_that_is_no_longer_named_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "leases"
    file.write_text("nonsense\n")
    watch = LeaseWatch(())
    watch.look((file,))
    watch.look(())
    assert watch.problems(()) == []
