"""The supervisor: what dies or hangs is started again, what cannot start is said."""

import os
import select
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hushgate import supervisor
from hushgate.supervisor import Child, Supervisor, silence_limit

PATIENCE = 60.0


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Child:
    """A child that beats ten times a second and notes each start in a file."""
    package = tmp_path / "hushgate"
    package.mkdir()
    (package / "__main__.py").write_text(
        textwrap.dedent(
            """
            import os, pathlib, signal, sys, time
            pipe, log = int(sys.argv[3]), pathlib.Path(sys.argv[4])
            with log.open("a") as file:
                print(os.getpid(), file=file)
            signal.signal(signal.SIGHUP, lambda *_: log.with_name("reloads").open("a").write("x"))
            while True:
                os.write(pipe, b".")
                time.sleep(0.1)
            """
        )
    )
    (package / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return Child("gate", [str(tmp_path / "starts")])


def starts(tmp_path: Path) -> list[int]:
    """Process ids of all starts."""
    log = tmp_path / "starts"
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def drive(child: Child, until: Callable[[], bool]) -> None:
    """Do what the supervisor's loop does until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < deadline
        child.start_if_due(time.monotonic())
        if child.pipe is not None and select.select([child.pipe], [], [], 0.05)[0]:
            child.take_sign(time.monotonic())
        child.kill_if_hung(time.monotonic())


def test_child_that_beats_is_ready_and_stops_when_told(child: Child, tmp_path: Path) -> None:
    drive(child, lambda: child.is_ready)
    child.stop()
    [pid] = starts(tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_child_is_told_to_read_its_files_anew_once_it_can_be(
    child: Child, tmp_path: Path
) -> None:
    reloads = tmp_path / "reloads"
    child.reload()
    child.start_if_due(time.monotonic())
    child.reload()  # it would die of a signal that it does not know yet
    drive(child, lambda: child.is_ready)
    assert not reloads.exists()
    child.reload()
    drive(child, reloads.exists)
    child.stop()
    assert len(starts(tmp_path)) == 1


def test_killed_child_is_started_again(child: Child, tmp_path: Path) -> None:
    drive(child, lambda: child.is_ready)
    os.kill(starts(tmp_path)[0], signal.SIGKILL)
    drive(child, lambda: len(starts(tmp_path)) == 2 and child.is_ready)
    child.stop()


def test_hung_child_is_killed_and_started_again(
    child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "SHORTEST_SILENCE", 0.5)
    drive(child, lambda: child.is_ready)
    os.kill(starts(tmp_path)[0], signal.SIGSTOP)
    drive(child, lambda: len(starts(tmp_path)) == 2 and child.is_ready)
    child.stop()


@pytest.mark.parametrize(
    ("start_took", "limit"),
    [
        pytest.param(0.3, 2.0, id="a fast machine: two signs are missing"),
        pytest.param(2.5, 2.0, id="a usual one: hung and back within five seconds"),
        pytest.param(8.0, 4.0, id="a slow one: half of what a start takes"),
        pytest.param(59.0, 10.0, id="a very slow one: never longer than this"),
    ],
)
def test_a_machine_that_starts_slowly_may_be_silent_for_longer(
    start_took: float, limit: float
) -> None:
    assert silence_limit(start_took) == limit


def test_a_machine_that_stood_still_is_not_taken_for_a_hung_child(
    child: Child, tmp_path: Path
) -> None:
    drive(child, lambda: child.is_ready)
    child.kill_if_hung(time.monotonic() + 60.0)  # nobody has looked for a minute
    end = time.monotonic() + 1.0
    drive(child, lambda: time.monotonic() > end)
    child.stop()
    assert len(starts(tmp_path)) == 1


def test_a_child_is_not_taken_for_hung_while_the_other_one_starts(
    child: Child, tmp_path: Path
) -> None:
    drive(child, lambda: child.is_ready)
    now = time.monotonic()
    for tenths in range(-600, 0, 5):  # a minute without a sign
        child.kill_if_hung(now + tenths / 10, other_starts=True)
    end = time.monotonic() + 1.0
    drive(child, lambda: time.monotonic() > end)
    child.stop()
    assert len(starts(tmp_path)) == 1


def test_its_silence_from_before_and_after_that_counts(
    child: Child, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Else two that hang would be started again one after the other."""
    monkeypatch.setattr(supervisor, "LONGEST_SILENCE", supervisor.SHORTEST_SILENCE)
    drive(child, lambda: child.is_ready)
    os.kill(starts(tmp_path)[0], signal.SIGSTOP)
    now = time.monotonic()
    while child.pipe is not None and select.select([child.pipe], [], [], 0.0)[0]:
        child.take_sign(now)
    child.kill_if_hung(now)
    for later, other_starts in ((0.8, False), (1.6, False), (2.4, True), (3.2, False)):
        child.kill_if_hung(now + later, other_starts=other_starts)
    while child.pipe is not None:
        assert select.select([child.pipe], [], [], PATIENCE)[0]
        child.take_sign(now)


def test_a_child_that_is_taken_away_stays_away(child: Child, tmp_path: Path) -> None:
    drive(child, lambda: child.is_ready)
    child.take_away()
    drive(child, lambda: child.pipe is None)
    assert not child.start_if_due(time.monotonic() + 3600.0)
    child.stop()
    assert len(starts(tmp_path)) == 1


def test_systemd_hears_that_it_lives_while_a_part_takes_long_to_start_again(
    child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate that is started again gives no sign, and systemd's own limit may be shorter."""
    main = tmp_path / "hushgate" / "__main__.py"
    main.write_text(
        main.read_text().replace("while True:", "while len(log.open().readlines()) == 1:")
    )
    main.write_text(main.read_text() + "time.sleep(600)\n")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "systemd"))
    addon = Child("addon", [str(tmp_path / "addon")])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "systemd"))
        systemd.settimeout(PATIENCE)

        def watch() -> None:
            try:
                heard.append(systemd.recv(100))
                os.kill(starts(tmp_path)[0], signal.SIGKILL)
                while len(starts(tmp_path)) < 2:
                    systemd.recv(100)
                heard.extend(systemd.recv(100) for _ in range(9))
            finally:
                os.kill(os.getpid(), signal.SIGTERM)

        heard: list[bytes] = []
        watcher = threading.Thread(target=watch)
        watcher.start()
        with handlers_kept():
            Supervisor(child, addon).run()
        watcher.join()
    assert heard == [b"READY=1", *[b"WATCHDOG=1"] * 9]


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Put this process's own handlers of signals back."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def test_broken_configuration_is_said_before_anything_is_started(tmp_path: Path) -> None:
    config = tmp_path / "hushgate.yaml"
    config.write_text("schema_version: 1\nspeekers: {}\n")
    places = ["--runtime-dir", str(tmp_path / "run"), "--state-dir", str(tmp_path / "state")]
    result = subprocess.run(
        [sys.executable, "-m", "hushgate", "run", "--config", str(config), *places],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 2
    assert f"{config}:2:" in result.stderr
    assert '"speakers"' in result.stderr
    assert not (tmp_path / "run").exists()
