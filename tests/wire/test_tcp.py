"""Segments in any order, repeated and overlapping: each byte counts once, and comes in order."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.wire.tcp import MAX_WAITING, Stream

TEXT = random.Random(0).randbytes(2048)


def arrive(stream: Stream, first: int, pieces: list[tuple[int, int]]) -> tuple[int, bytes]:
    """Feed pieces (start, size) of TEXT; gives new bytes and what came out."""
    new, out = 0, b""
    for start, size in pieces:
        arrival = stream.add((first + start) % 2**32, TEXT[start : start + size])
        new += arrival.new
        out += arrival.data
        assert not arrival.gap
    return new, out


@given(
    first=st.sampled_from([0, 1, 2**31, 2**32 - 1, 2**32 - 700]),
    pieces=st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 500)), max_size=25),
)
def test_each_byte_counts_once_and_comes_in_order(
    first: int, pieces: list[tuple[int, int]]
) -> None:
    new, out = arrive(Stream(first), first, pieces)
    seen = {at for start, size in pieces for at in range(start, start + size)}
    whole = next(at for at in range(len(TEXT) + 1) if at not in seen)
    assert new == len(seen)
    assert out == TEXT[:whole]


@given(seed=st.integers(0, 2**32), size=st.integers(21, 300))
def test_a_shuffled_stream_comes_out_whole(seed: int, size: int) -> None:
    pieces = [(at, size) for at in range(0, len(TEXT), size)]
    random.Random(seed).shuffle(pieces)
    assert arrive(Stream(5), 5, pieces) == (len(TEXT), TEXT)


def test_a_keep_alive_brings_nothing() -> None:
    stream = Stream(100)
    stream.add(100, b"abc")
    assert stream.add(102, b"\0").new == 0


def test_a_hole_that_is_never_filled_is_given_up_at_the_bound() -> None:
    stream = Stream(0)
    piece = bytes(16_000)
    arrivals = [stream.add(1 + index * len(piece), piece) for index in range(20)]
    late = next(arrival for arrival in arrivals if arrival.data)
    assert late.gap
    assert len(late.data) > MAX_WAITING
    assert sum(arrival.new for arrival in arrivals) == 20 * len(piece)


def test_many_small_pieces_do_not_wait_for_ever() -> None:
    stream = Stream(0)
    arrivals = [stream.add(index * 10, b"x") for index in range(1, 1000)]
    assert any(arrival.gap for arrival in arrivals)


def test_ports_used_again_begin_another_stream() -> None:
    stream = Stream(0)
    stream.add(0, b"abc")
    arrival = stream.add(2**31 + 5, b"new")
    assert (arrival.new, arrival.data, arrival.gap) == (3, b"new", True)
    assert stream.add(2**31 + 8, b"er").data == b"er"


@pytest.mark.parametrize("data", [b""])
def test_an_empty_segment_brings_nothing(data: bytes) -> None:
    assert Stream(0).add(0, data).new == 0
