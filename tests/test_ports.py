import socket
import sys
from pathlib import Path

import pytest

from tests.ports import free_port, serving

TAKEN_ONCE = """
import pathlib, socket, sys, time
port, mark = int(sys.argv[1]), pathlib.Path(sys.argv[2])
if not mark.exists():
    mark.write_text(str(port))
    sys.exit("bind: Address already in use")
with socket.create_server(("127.0.0.1", port)):
    time.sleep(600)
"""


def accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_no_port_is_given_twice_and_none_is_the_kernel_s_to_give() -> None:
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert high - low > 40_000 or not any(low <= port <= high for port in ports)


def test_a_program_that_finds_its_port_taken_gets_another(tmp_path: Path) -> None:
    mark = tmp_path / "first"
    with serving(
        lambda port: [sys.executable, "-c", TAKEN_ONCE, str(port), str(mark)],
        accepts,
        tmp_path / "log",
    ) as server:
        assert server.port != int(mark.read_text())
        assert accepts(server.port)
    assert not accepts(server.port)


def test_a_program_that_ends_for_another_reason_is_shown(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such option')"]
    with (
        pytest.raises(RuntimeError, match="no such option"),
        serving(lambda _: command, accepts, tmp_path / "log"),
    ):
        pass
