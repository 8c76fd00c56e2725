"""From what the kernel counted to rows of the ledger."""

import pytest

from hushgate.core.model import Instant, Mac
from hushgate.core.udpflows import (
    QUIET,
    Count,
    FlowId,
    FlowLog,
    Note,
    Sort,
    UdpFlow,
)

MAC = Mac("fc:65:de:10:00:01")


def flow_id(name: str, port: int = 3478) -> FlowId:
    return FlowId(name, MAC, "192.168.77.11", "203.0.113.5", 40000, port)


def at(seconds: float) -> Instant:
    return Instant(seconds)


def test_a_refused_flow_is_told_once_however_long_it_tries() -> None:
    log = FlowLog()
    first = log.take({flow_id("calls"): Count(2, 96)}, at(0))
    assert [(row.sort, row.passed, row.packets) for row in first] == [(Sort.CALL, False, 2)]
    assert log.take({flow_id("calls"): Count(50, 2400)}, at(2)) == []
    assert log.take({}, at(90)) == []


def test_a_flow_that_passed_is_told_at_its_end_with_all_its_bytes() -> None:
    log = FlowLog()
    assert log.take({flow_id("passed"): Count(1, 100)}, at(0)) == []
    assert log.take({flow_id("passed"): Count(500, 90_000)}, at(2)) == []
    assert log.take({flow_id("passed"): Count(500, 90_000)}, at(QUIET)) == []
    (row,) = log.take({flow_id("passed"): Count(500, 90_000)}, at(2 + QUIET))
    assert (row.passed, row.packets, row.size, row.seconds, row.ago) == (
        (True, 500, 90_000, 2.0, QUIET)
    )


def test_a_flow_that_goes_on_gets_another_row_for_what_came_since() -> None:
    log = FlowLog()
    log.take({flow_id("passed"): Count(5, 500)}, at(0))
    log.take({flow_id("passed"): Count(5, 500)}, at(QUIET))
    assert log.take({flow_id("passed"): Count(7, 800)}, at(QUIET + 2)) == []
    (row,) = log.take({flow_id("passed"): Count(7, 800)}, at(2 * QUIET + 2))
    assert (row.packets, row.size) == (2, 300)


def test_a_flow_that_the_kernel_forgot_is_told_at_last() -> None:
    log = FlowLog()
    log.take({flow_id("passed"): Count(5, 500)}, at(0))
    (row,) = log.take({}, at(2))
    assert row.size == 500


def test_a_flow_that_the_kernel_forgot_and_saw_again_is_another_one() -> None:
    log = FlowLog()
    log.take({flow_id("refused"): Count(5, 500)}, at(0))
    assert len(log.take({flow_id("refused"): Count(1, 60)}, at(2))) == 1


@pytest.mark.parametrize(
    ("name", "port", "sort"),
    [("calls", 443, Sort.CALL), ("refused", 443, Sort.QUIC), ("refused", 9, Sort.OTHER)],
)
def test_set_and_port_say_what_a_flow_is(name: str, port: int, sort: Sort) -> None:
    (row,) = FlowLog().take({flow_id(name, port): Count(1, 60)}, at(0))
    assert row.sort is sort


def test_what_the_judge_of_packets_found_out_counts_for_more() -> None:
    log, counts = FlowLog(), {flow_id("passed", 443): Count(1, 60)}
    log.take(counts, at(0), lambda flow: Note(Sort.QUIC, "v.example"))
    (row,) = log.take(counts, at(QUIET))
    assert (row.sort, row.name) == (Sort.QUIC, "v.example")


def readings(*steps: tuple[int, int]) -> tuple[list[FlowId], list[UdpFlow]]:
    """Let a flow of media send packets of a size between readings; return what is to be ended."""
    log, packets, size, rows = FlowLog(), 0, 0, []
    for number, (count, each) in enumerate(steps):
        packets, size = packets + count, size + count * each
        rows += log.take({flow_id("passed", 443): Count(packets, size)}, at(2 * number))
    return log.to_end, rows


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([(100, 200)] * 3, id="frames of 20 ms"),
        pytest.param([(14, 1280)], id="a lump"),
        pytest.param([(4, 1280), (20, 400), (20, 400)], id="behind its handshake"),
    ],
)
def test_media_that_uploads_like_speech_is_to_be_ended_and_told_at_once(
    steps: list[tuple[int, int]],
) -> None:
    to_end, rows = readings(*steps)
    assert to_end == [flow_id("passed", 443)]
    (row,) = rows
    assert (row.sort, row.passed) == (Sort.SPOKE, True)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([(4, 1280), *[(60, 71)] * 300], id="ten minutes of music"),
        pytest.param([(4, 1280), *[(2000, 75)] * 30], id="a film"),
        pytest.param([(4, 1280), (3, 500)] + [(0, 0), (3, 500)] * 50, id="a request now and then"),
    ],
)
def test_what_answers_a_download_is_no_speech(steps: list[tuple[int, int]]) -> None:
    assert readings(*steps)[0] == []
