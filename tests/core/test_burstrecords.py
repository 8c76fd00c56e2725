"""The records of one flow's bursts: what left of each, and what a burst that waits comes to."""

from hushgate.core.burstrecords import BurstRecords
from hushgate.core.catalogue import Role
from hushgate.core.decisions import Party
from hushgate.core.hold import Burst
from hushgate.core.model import (
    DeviceId,
    FlowKey,
    Instant,
    Judgement,
    Likeness,
    Reason,
    Transport,
    Verdict,
    Voice,
)
from hushgate.core.records import Record

FLOW = FlowKey(DeviceId("kitchen"), Transport.TCP, "192.168.77.11", 40_000, "203.0.113.5", 443)


def burst(size: int, speech_seconds: float | None = None) -> Burst:
    likeness = Likeness.OTHER if speech_seconds is None else Likeness.SPEECH
    judgement = Judgement(likeness, "made", "made up", Instant(1.0))
    return Burst(Instant(0.0), Instant(1.0), size, judgement, size, 0.0, speech_seconds, None)


def begun() -> tuple[BurstRecords, list[Record]]:
    records: list[Record] = []
    return BurstRecords(FLOW, Party("far:443", Role.OTHER), Voice.BLOCK, records), records


def test_each_burst_is_given_what_left_of_its_own_bytes() -> None:
    bursts, records = begun()
    bursts.upload(100, Voice.BLOCK)
    bursts.wait(burst(100, 1.0))
    bursts.upload(50, Voice.BLOCK)
    bursts.release(120)
    bursts.write(burst(50), Verdict.ACCEPT, Reason.NOT_SPEECH)
    bursts.settle(Verdict.DROP, Reason.WINDOW_CLOSED)
    assert [(each.size, each.left) for each in records] == [(50, 20), (100, 100)]


def test_bursts_that_wait_share_one_fate_and_are_written_once() -> None:
    bursts, records = begun()
    for seconds in (1.5, 2.0):
        bursts.upload(100, Voice.DELAY)
        bursts.wait(burst(100, seconds))
    assert not records
    assert bursts.speech_seconds == 3.5
    bursts.settle(Verdict.DROP, Reason.DELAY_EXPIRED)
    bursts.settle(Verdict.ACCEPT, Reason.DELAY_ALLOWED)
    assert [each.reason for each in records] == [Reason.DELAY_EXPIRED] * 2
    assert bursts.speech_seconds == 0.0


def test_a_burst_is_recorded_under_what_held_as_it_began() -> None:
    bursts, records = begun()
    bursts.upload(100, Voice.ALLOWED)
    bursts.upload(100, Voice.BLOCK)
    bursts.write(burst(200, 1.0), Verdict.ACCEPT, Reason.GRACE)
    bursts.upload(100, Voice.BLOCK)
    bursts.write(burst(100), Verdict.ACCEPT, Reason.NOT_SPEECH)
    assert [each.voice for each in records] == [Voice.ALLOWED, Voice.BLOCK]
