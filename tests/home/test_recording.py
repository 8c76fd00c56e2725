"""The reader of recordings: each byte once, each record at its first byte's time."""

from pathlib import Path

import pytest

from tests.home.recording import Direction, Segment, Stream
from tests.home.slices import load_slices

SHARED = Path(__file__).parents[3] / "shared" / "data" / "speaker-traces"

TRACES = {
    "capital-of-spain": ("echo-vcf.parquet", "vcf-S-what_is_the_capital_of_spain", 3),
    "favorite-hobby": ("echo-vcf.parquet", "vcf-L-what_is_your_favorite_hobby", 4),
    "favorite-hobby-again": ("echo-vcf.parquet", "vcf-L-what_is_your_favorite_hobby", 5),
    "wolverine": ("echo-vcf.parquet", "vcf-L-who_plays_wolverine_in_xmen", 2),
    "how-old-are-you": ("echo-vcf.parquet", "vcf-S-how_old_are_you", 3),
    "echo-dot-3": ("monitored-sss.parquet", "sss-echodot3a", 1),
    "homepod": ("monitored-sss.parquet", "sss-homepod-1", 1),
    "homepod-short": ("monitored-sss.parquet", "sss-homepod-1", 1),
}
"""Where the marks of each slice were published: table, trace, number of the command."""

KEEP_ALIVE = {"homepod": 38, "homepod-short": 38}
"""Bytes of the marks that slices.toml does not take for speech."""


def segment(at: float, sequence: int, payload: bytes, *, syn: bool = False) -> Segment:
    return Segment(at, ("192.0.2.1", 1), ("192.0.2.2", 2), sequence, syn, payload)


@pytest.mark.parametrize(
    "segments",
    [
        pytest.param([(0, b"abc"), (3, b"def")], id="in order"),
        pytest.param([(0, b"abc"), (0, b"abc"), (3, b"def")], id="sent twice"),
        pytest.param([(0, b"ab"), (0, b"abcd"), (4, b"ef")], id="sent again with more"),
        pytest.param([(0, b"a"), (3, b"def"), (1, b"bc")], id="overtaken"),
        pytest.param([(0, b"abcd"), (2, b"cdef")], id="overlapping"),
    ],
)
@pytest.mark.parametrize(
    "origin", [pytest.param(1000, id="small"), pytest.param(2**32 - 2, id="wraps")]
)
def test_a_stream_holds_each_byte_once(segments: list[tuple[int, bytes]], origin: int) -> None:
    stream = Stream()
    for at, (offset, payload) in enumerate(segments):
        stream.add(segment(at, (origin + offset) % 2**32, payload))
    assert stream.data == b"abcdef"
    assert not stream.missing


def test_a_stream_begins_after_its_syn() -> None:
    stream = Stream()
    stream.add(segment(0.0, 41, b"", syn=True))
    stream.add(segment(1.0, 42, b"a"))
    assert stream.data == b"a"
    assert stream.when(0) == 1.0


def test_a_hole_is_noticed() -> None:
    stream = Stream()
    stream.add(segment(0.0, 1, b"a"))
    stream.add(segment(1.0, 3, b"c"))
    assert stream.data == b"a"
    assert stream.missing


@pytest.mark.parametrize("title", list(load_slices()))
def test_the_command_lies_inside_its_slice(title: str) -> None:
    piece = load_slices()[title]
    times = [item.at for item in piece.items]
    assert times == sorted(times)
    assert 0.0 < piece.speech_at < piece.speech_end < piece.length
    assert all(item.direction is Direction.UP for item in piece.items if item.speech)


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")
@pytest.mark.parametrize("title", list(TRACES))
def test_the_command_has_the_bytes_of_the_published_marks(title: str) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    file, trace, number = TRACES[title]
    marked = parquet.read_table(
        SHARED / file,
        columns=["direction", "payload"],
        filters=[("trace_id", "=", trace), ("speech", "=", number), ("direction", "=", "up")],
    )
    spoken = sum(
        sum(item.records) + 5 * len(item.records)
        for item in load_slices()[title].items
        if item.speech
    )
    assert spoken + KEEP_ALIVE.get(title, 0) == sum(marked["payload"].to_pylist())
