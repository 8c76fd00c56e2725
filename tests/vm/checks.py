"""What shows only on a kernel that has the queue statement of nftables; `make vm-test` runs it.

In an emulated machine, which is slow; pytest does not collect it by itself. What counts is what
arrives at the other side of the gateway's line.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hushgate.core.wiring import QueueKind
from tests.e2e.gateprocess import ROOT, GateProcess
from tests.e2e.test_udp import RTP, Stage
from tests.home.network import Network


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home, folder = Network(), Path(tmp_path_factory.mktemp("gate"))
    with closing(home), closing(GateProcess(home.gateway, folder)) as gate:
        gate.connect()
        gate.wait_for_table()
        with closing(Stage(home, gate)) as stage:
            stage.window(open=False)
            yield stage


def asked(stage: Stage) -> int:
    """Return how many packets the gate was asked about."""
    words = ("nft", "-j", "list", "counter", "inet", "hushgate", "asked")
    listing = json.loads(stage.home.gateway.run(*words))["nftables"]
    return next(int(row["counter"]["packets"]) for row in listing if "counter" in row)


def test_the_statement_is_found_and_the_document_loads_with_it(stage: Stage) -> None:
    assert stage.gate.state is not None
    assert stage.gate.state.queue is QueueKind.NFT
    listing = stage.home.gateway.run("nft", "list", "chain", "inet", "hushgate", "ask")
    assert "queue to 4853" in listing


def test_the_gate_is_asked_once_and_the_kernel_finishes_the_flow(stage: Stage) -> None:
    stage.window(open=True)
    before = asked(stage)
    with closing(stage.client(4, 50_001)) as call:
        assert stage.arrives(call, RTP)
        assert asked(stage) == before + 1
        assert all(stage.arrives(call, RTP) for _ in range(20))
        assert asked(stage) == before + 1
        tracked = stage.home.gateway.run("conntrack", "-L", "-p", "udp", "--dport", "50001")
    assert f"mark={0x20000000} " in tracked


def test_the_doctor_finds_a_flow_offload(stage: Stage) -> None:
    document = """
    table inet fw {
      flowtable fast { hook ingress priority filter; devices = { "br-lan", "wan0" }; }
      chain forward { type filter hook forward priority filter; meta l4proto udp flow add @fast; }
    }
    """
    stage.home.gateway.run("nft", "-f", "-", stdin=document)
    config = str(ROOT / "config" / "hushgate.example.yaml")
    command = (sys.executable, "-m", "hushgate", "doctor", "--json", "--config", config)
    done = subprocess.run(
        stage.home.gateway.command(*command), stdout=subprocess.PIPE, cwd=ROOT, check=False
    )
    stage.home.gateway.run("nft", "delete", "table", "inet", "fw")
    offload = [each for each in json.loads(done.stdout) if "flow offload" in each["what"]]
    assert [each["weight"] for each in offload] == ["bad"]


def test_with_the_gate_dead_no_flow_begins_and_those_that_had_begun_end(stage: Stage) -> None:
    stage.window(open=True)
    with closing(stage.client(4, 50_002)) as begun, closing(stage.client(4, 50_003)) as new:
        assert stage.arrives(begun, RTP)
        stage.gate.hang_up()
        stage.gate.kill(signal.SIGKILL)
        stage.gate.process.wait()
        assert stage.gate.has_table()
        assert all(stage.is_lost(new, RTP) for _ in range(3))
        time.sleep(6.0)  # nobody renews "voice allowed"
        assert all(stage.is_lost(begun, RTP) for _ in range(3))
