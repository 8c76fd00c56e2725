"""UDP flows in the ledger: calls are speech, refused QUIC is nothing."""

import pytest

from hushgate.core.decisions import Standing
from hushgate.core.model import DeviceId, Instant, Mac, Reason, Verdict, Voice
from hushgate.core.records import Kind
from hushgate.core.udpflows import Sort, UdpFlow
from hushgate.core.udprecords import record_of

KITCHEN, MAC = DeviceId("kitchen"), Mac("fc:65:de:10:00:01")
BLOCKED = Standing(Voice.BLOCK, Reason.WINDOW_CLOSED)
NOW = Instant(100.0)


def row(sort: Sort, *, passed: bool, name: str | None = None) -> UdpFlow:
    return UdpFlow(
        MAC, "192.168.77.11", 40000, "203.0.113.5", 3478, sort, passed, 9, 900, 4.0, 10.0, name
    )


@pytest.mark.parametrize(
    ("sort", "passed", "kind", "verdict", "left"),
    [
        pytest.param(Sort.CALL, False, Kind.UTTERANCE, Verdict.REJECT, 0, id="refused call"),
        pytest.param(Sort.CALL, True, Kind.UTTERANCE, Verdict.ACCEPT, 900, id="call"),
        pytest.param(Sort.OTHER, False, Kind.UPLOAD, Verdict.REJECT, 0, id="refused datagrams"),
        pytest.param(Sort.OTHER, True, Kind.BURST, Verdict.ACCEPT, 900, id="datagrams"),
        pytest.param(Sort.QUIC, True, Kind.BURST, Verdict.ACCEPT, 900, id="media over QUIC"),
        pytest.param(Sort.SPOKE, True, Kind.UTTERANCE, Verdict.ACCEPT, 900, id="media that spoke"),
    ],
)
def test_a_flow_becomes_a_record(
    sort: Sort, passed: bool, kind: Kind, verdict: Verdict, left: int
) -> None:
    record = record_of(row(sort, passed=passed), KITCHEN, BLOCKED, "unknown", NOW)
    assert record is not None
    assert (record.kind, record.verdict, record.left, record.size) == (kind, verdict, left, 900)
    assert (record.start, record.seconds) == (86.0, 4.0)
    assert record.endpoint == "203.0.113.5:3478"
    assert (record.judgement is not None) == (sort in (Sort.CALL, Sort.SPOKE))


def test_a_refused_quic_flow_is_no_record() -> None:
    assert record_of(row(Sort.QUIC, passed=False), KITCHEN, BLOCKED, "voice", NOW) is None


def test_the_name_of_the_hello_names_the_endpoint() -> None:
    record = record_of(
        row(Sort.QUIC, passed=True, name="v.example"), KITCHEN, BLOCKED, "media", NOW
    )
    assert record is not None
    assert record.endpoint == "v.example:3478"
