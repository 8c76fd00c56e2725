"""Signs of life to whoever started the process."""

import os
import socket
from pathlib import Path

import pytest

from hushgate.adapters.notify import Heartbeat, SupervisorGoneError


def test_each_beat_is_one_byte_in_the_pipe_and_systemd_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/nobody/listens/here")
    reader, writer = os.pipe()
    heartbeat = Heartbeat(writer)
    heartbeat.beat()
    heartbeat.beat()
    assert os.read(reader, 10) == b".."
    os.close(reader)
    os.close(writer)


def test_supervisor_that_is_gone_is_noticed() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(SupervisorGoneError):
        Heartbeat(writer).beat()
    os.close(writer)


def test_systemd_hears_ready_once_and_then_the_watchdog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        heartbeat = Heartbeat(None)
        heartbeat.beat()
        heartbeat.beat()
        assert systemd.recv(100) == b"READY=1"
        assert systemd.recv(100) == b"WATCHDOG=1"


def test_a_systemd_that_does_not_read_is_neither_waited_for_nor_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    heartbeat = Heartbeat(None)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        for _ in range(10_000):
            heartbeat.beat()
    heartbeat.beat()
