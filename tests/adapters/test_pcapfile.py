"""Capture files: every byte order and resolution, and what is left of damaged ones."""

import os
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hushgate.adapters.pcapfile import CapturedPacket, read_packets
from hushgate.core.errors import ConfigError
from tests.wire.frames import block, captured, interface, pcap, section, write

PACKETS = [(1543.25, b"first"), (1544.5, b"second!")]


def read(path: Path, data: bytes) -> tuple[list[CapturedPacket], list[str]]:
    complaints: list[str] = []
    return list(read_packets(write(path / "x.pcap", data), complaints)), complaints


@pytest.mark.parametrize("order", [pytest.param("<", id="little"), pytest.param(">", id="big")])
@pytest.mark.parametrize("nanoseconds", [False, True], ids=["us", "ns"])
def test_pcap_is_read_in_every_byte_order_and_resolution(
    tmp_path: Path, order: str, nanoseconds: bool
) -> None:
    data = pcap(PACKETS, order=order, nanoseconds=nanoseconds)
    packets, complaints = read(tmp_path, data)
    assert [(each.at / 1e9, each.data) for each in packets] == PACKETS
    assert {each.link_type for each in packets} == {1}
    assert not complaints


def option(code: int, value: bytes, order: str) -> bytes:
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


@pytest.mark.parametrize("order", [pytest.param("<", id="little"), pytest.param(">", id="big")])
@pytest.mark.parametrize(
    ("options", "ticks", "nanoseconds"),
    [
        pytest.param([], 5_000_001, 5_000_001_000, id="microseconds unless said"),
        pytest.param([(9, b"\x09")], 5, 5, id="nanoseconds"),
        pytest.param([(9, b"\x8a")], 1024, 10**9, id="powers of two"),
        pytest.param([(2, b"eth0"), (9, b"\x09")], 7, 7, id="another option in front"),
        pytest.param([(0, b""), (9, b"\x09")], 7, 7000, id="an option after the end"),
    ],
)
def test_pcapng_is_read_in_every_byte_order_and_resolution(
    tmp_path: Path, order: str, options: list[tuple[int, bytes]], ticks: int, nanoseconds: int
) -> None:
    written = b"".join(option(code, value, order) for code, value in options)
    data = section(order) + interface(written, order=order) + captured(ticks, b"data", order)
    packets, complaints = read(tmp_path, data)
    assert [(each.at, each.data) for each in packets] == [(nanoseconds, b"data")]
    assert not complaints


def test_seconds_may_be_counted_from_another_time(tmp_path: Path) -> None:
    offset = option(14, struct.pack("<q", 1_000_000), "<")
    packets, _ = read(tmp_path, section() + interface(offset) + captured(1, b"x"))
    assert packets[0].at == 1_000_000 * 10**9 + 1000


def test_sections_and_interfaces_are_told_apart(tmp_path: Path) -> None:
    data = section() + interface() + interface(link_type=101) + captured(1, b"a", index=1)
    data += section(">") + interface(order=">", link_type=113) + captured(2, b"b", ">")
    packets, _ = read(tmp_path, data)
    assert [(each.link_type, each.data) for each in packets] == [(101, b"a"), (113, b"b")]


def test_a_packet_without_a_time_has_that_of_the_last_one(tmp_path: Path) -> None:
    simple = block(3, struct.pack("<I", 3) + b"abc")
    data = section() + interface() + captured(9, b"x") + simple + block(5, b"statistics")
    packets, _ = read(tmp_path, data)
    assert [(each.at, each.data) for each in packets] == [(9000, b"x"), (9000, b"abc")]


@pytest.mark.parametrize(
    ("data", "left", "why"),
    [
        pytest.param(pcap(PACKETS)[:-3], 1, "cut off", id="pcap, within a packet"),
        pytest.param(pcap(PACKETS)[:-10], 1, "cut off", id="pcap, within a header"),
        pytest.param(pcap(PACKETS)[:20], 0, "cut off", id="pcap, within the file's header"),
        pytest.param(
            pcap(PACKETS) + struct.pack("<IIII", 0, 0, 2**31, 9),
            2,
            "a packet of",
            id="pcap, nonsense",
        ),
        pytest.param(
            (section() + interface() + captured(1, b"a") + captured(2, b"b"))[:-5],
            1,
            "cut off",
            id="pcapng, within a packet",
        ),
        pytest.param(
            section() + interface() + captured(1, b"a") + b"\x06", 1, "cut off", id="pcapng, a byte"
        ),
        pytest.param(
            section() + interface() + block(6, b"short"),
            0,
            "without its header",
            id="pcapng, short",
        ),
        pytest.param(section() + captured(1, b"a"), 0, "contradicts", id="pcapng, no interface"),
        pytest.param(
            section() + interface() + struct.pack("<II", 6, 13),
            0,
            "a block of 13",
            id="pcapng, size",
        ),
        pytest.param(section() + block(1, b"x"), 0, "link type", id="pcapng, empty interface"),
        pytest.param(block(0x0A0D0D0A, bytes(16)), 0, "byte order", id="pcapng, no byte order"),
    ],
)
def test_what_is_readable_before_the_damage_is_given(
    tmp_path: Path, data: bytes, left: int, why: str
) -> None:
    packets, complaints = read(tmp_path, data)
    assert len(packets) == left
    assert len(complaints) == 1
    assert why in complaints[0]


@pytest.mark.parametrize("data", [b"", b"PAR1", b"\x1f\x8b\x08", b"GIF89a"])
def test_what_is_no_capture_is_an_error_that_says_what_was_expected(
    tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(ConfigError, match="expected a pcap or pcapng"):
        read(tmp_path, data)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        list(read_packets(tmp_path / "absent", []))


def test_a_pipe_is_an_error_since_captures_are_read_more_than_once() -> None:
    reader, writer = os.pipe()
    try:
        with pytest.raises(ConfigError, match="save it to a file first"):
            list(read_packets(Path(f"/dev/fd/{reader}"), []))
    finally:
        os.close(reader)
        os.close(writer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([pcap(PACKETS), section() + interface()]))
def test_garbage_behind_a_good_beginning_never_fails(
    tmp_path: Path, garbage: bytes, start: bytes
) -> None:
    read(tmp_path, start + garbage)
