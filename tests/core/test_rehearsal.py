"""Rehearsals of failures: each says what is done, and what is blanked is the content alone."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hushgate.core.packets import Answer, Judged, Why
from hushgate.core.rehearsal import REHEARSALS, blanked, describe_rehearsal
from hushgate.core.settings import Cause
from tests.core.test_packets import MUSIC, NOW, STUN, new_judge, packet
from tests.wire.initials import aioquic_datagrams


@pytest.mark.parametrize("cause", Cause)
def test_each_cause_can_be_rehearsed_and_says_how(cause: Cause) -> None:
    assert describe_rehearsal(cause) == f"rehearsing {cause}: {REHEARSALS[cause]}"


def test_quic_that_is_blanked_cannot_be_read_and_is_refused() -> None:
    hello = blanked(packet(aioquic_datagrams(MUSIC)[0]))
    assert new_judge().judge(hello, NOW) == Judged(Answer.REJECT, Why.UNDECODABLE)


def test_a_call_that_is_blanked_passes_as_what_it_goes_to() -> None:
    assert new_judge().judge(blanked(packet(STUN, port=3478)), NOW).answer is Answer.ACCEPT


@given(st.binary(max_size=100))
@example(b"\x46\0\0\x18" + bytes(16)).via("a header of 24 bytes in a packet of 20")
def test_whatever_is_blanked_keeps_its_length(data: bytes) -> None:
    assert len(blanked(data)) == len(data)
    assert blanked(blanked(data)) == blanked(data)
