"""Sums over rows of flows that come, grow, and are forgotten."""

from hushgate.core.flowtally import FlowTally
from hushgate.core.model import Mac
from hushgate.core.udpflows import Count, FlowId

KITCHEN, BEDROOM = Mac("fc:65:de:10:00:01"), Mac("4c:17:44:10:00:02")
MUSIC = FlowId("passed", KITCHEN, "192.168.77.11", "203.0.113.5", 40000, 443)
CALL = FlowId("passed", BEDROOM, "fd00::12", "2001:db8::5", 40001, 3478)
REFUSED = FlowId("refused", KITCHEN, "192.168.77.11", "203.0.113.6", 40000, 443)


def test_what_passed_is_added_up_by_speaker_and_what_was_refused_is_not() -> None:
    tally = FlowTally()
    tally.take({MUSIC: Count(2, 200), CALL: Count(1, 50), REFUSED: Count(9, 900)})
    tally.take({MUSIC: Count(5, 600), CALL: Count(1, 50), REFUSED: Count(10, 1000)})
    assert (tally.packets, tally.sent) == (6, {KITCHEN: 600, BEDROOM: 50})


def test_those_who_talk_are_told() -> None:
    tally = FlowTally()
    assert tally.take({MUSIC: Count(2, 200), CALL: Count(1, 50)}) == {"192.168.77.11", "fd00::12"}
    assert tally.take({MUSIC: Count(2, 200), CALL: Count(2, 90)}) == {"fd00::12"}
    assert tally.take({MUSIC: Count(2, 200), REFUSED: Count(1, 100)}) == set()


def test_a_row_that_the_kernel_forgot_counts_from_nothing_when_it_is_back() -> None:
    tally = FlowTally()
    for row in ({MUSIC: Count(2, 200)}, {}, {MUSIC: Count(3, 300)}, {MUSIC: Count(1, 10)}):
        tally.take(row)
    assert (tally.packets, tally.sent) == (6, {KITCHEN: 510})


def test_rows_of_a_table_loaded_anew_count_from_nothing() -> None:
    tally = FlowTally()
    tally.take({MUSIC: Count(2, 200)})
    tally.begin_anew()
    tally.take({MUSIC: Count(2, 200)})
    assert (tally.packets, tally.sent) == (4, {KITCHEN: 400})
