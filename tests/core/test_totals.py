"""The sum over a device's connections: speech that no single connection shows."""

from hushgate.core.model import DeviceId, FlowKey, Instant, Judgement, Transport
from hushgate.core.totals import SETTLED, Totals

KITCHEN = DeviceId("kitchen")
FLOWS = [
    FlowKey(KITCHEN, Transport.TCP, "192.168.77.11", 40_000 + n, "203.0.113.5", 443)
    for n in range(8)
]


def opened(at: float = 0.0) -> Totals:
    """Eight connections opened at once."""
    totals = Totals()
    for flow in FLOWS:
        totals.open(flow, Instant(at))
    return totals


def frames(totals: Totals, start: float, seconds: float) -> list[Judgement]:
    """Frames of 20 ms on one connection after the other; return the judgements."""
    found = (
        totals.add(FLOWS[n % 8], 118, Instant(start + 0.02 * n)) for n in range(int(seconds / 0.02))
    )
    return [judgement for judgement in found if judgement is not None]


def test_frames_over_eight_connections_are_speech_within_a_second() -> None:
    totals = opened()
    judgement = frames(totals, 10.0, 1.0)[0]
    assert judgement.reason == "together"
    assert judgement.at < 10.8
    assert judgement.evidence == (
        "upload in 8 of the last 10 tenths of a second over 8 connections together, 4,366 bytes:"
        " as steady as speech"
    )
    assert totals.contributors(judgement.at) == FLOWS


def test_lumps_on_one_connection_after_the_other_are_speech_after_eight_seconds() -> None:
    totals = opened()
    found = [totals.add(FLOWS[n % 8], 4_000, Instant(10.0 + 0.9 * n)) for n in range(12)]
    [first, *_] = [judgement for judgement in found if judgement is not None]
    assert first.at <= 18.0
    assert "8 of the last 10 seconds" in first.evidence


def test_a_speaker_that_starts_up_opens_many_connections_and_is_not_speaking() -> None:
    totals = opened(10.0)
    assert not frames(totals, 10.0, SETTLED)


def test_a_flow_that_speaks_makes_the_sum_start_over() -> None:
    totals = opened()
    frames(totals, 10.0, 0.7)
    totals.start_over()
    assert not frames(totals, 10.7, 0.6)
    assert frames(totals, 11.3, 0.4)


def test_a_closed_flow_is_nobody_s_contributor() -> None:
    totals = opened()
    frames(totals, 10.0, 1.0)
    totals.close(FLOWS[0])
    assert totals.contributors(Instant(11.0)) == FLOWS[1:]


def test_pings_of_many_connections_are_no_speech() -> None:
    totals = opened()
    found = [totals.add(FLOWS[n % 8], 41, Instant(10.0 + 0.12 * n)) for n in range(200)]
    assert not any(found)
