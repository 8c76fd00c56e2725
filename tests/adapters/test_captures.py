"""Captures become traces: who the device is, what counts, and how names are found."""

from pathlib import Path

import pytest

from hushgate.adapters.captures import Neighbor, open_capture, read_all, read_sightings
from hushgate.core.errors import ConfigError
from hushgate.core.trace import Direction, Trace
from tests.wire.frames import (
    ACK,
    CLOUD_IP,
    PHONE,
    PHONE_IP,
    ROUTER,
    ROUTER_IP,
    SPEAKER,
    SPEAKER_IP,
    SYN,
    arp,
    captured,
    frame,
    interface,
    pcap,
    section,
    tcp,
    udp,
    write,
)
from tests.wire.hellos import in_records, server_name, written_hello
from tests.wire.initials import crypto, initial

HELLO = in_records(written_hello([server_name("api.amazonalexa.com")]))
SPEAKER_END, CLOUD_END = (SPEAKER_IP, 50000), (CLOUD_IP, 443)


def up(payload: bytes, sequence: int = 0, flags: int = ACK) -> bytes:
    return frame(
        SPEAKER, ROUTER, tcp(SPEAKER_END, CLOUD_END, payload, sequence=sequence, flags=flags)
    )


def down(payload: bytes, sequence: int = 0, flags: int = ACK) -> bytes:
    return frame(
        ROUTER, SPEAKER, tcp(CLOUD_END, SPEAKER_END, payload, sequence=sequence, flags=flags)
    )


def record(size: int) -> bytes:
    return b"\x17\x03\x03" + size.to_bytes(2) + bytes(size)


CONNECTION = [
    (100.0, up(b"", 999, SYN)),
    (100.1, down(b"", 499, SYN | ACK)),
    (100.2, up(HELLO, 1000)),
    (100.3, down(record(90), 500)),
    (101.5, up(record(40), 1000 + len(HELLO))),
]


def only_trace(path: Path, device: str | None = None) -> Trace:
    (trace,) = open_capture(path, device)
    return trace


def test_a_connection_becomes_events_with_record_lengths(tmp_path: Path) -> None:
    trace = only_trace(write(tmp_path / "x.pcap", pcap(CONNECTION)))
    events = list(trace.events)
    assert trace.device == SPEAKER
    assert [(round(each.at, 3), each.direction, each.size, each.records) for each in events] == [
        (0.2, Direction.UP, len(HELLO), ()),
        (0.3, Direction.DOWN, 95, (90,)),
        (1.5, Direction.UP, 45, (40,)),
    ]
    assert events[0].flow[1:] == ("tcp", *SPEAKER_END, *CLOUD_END)
    assert trace.names == {events[0].flow: "api.amazonalexa.com"}
    assert trace.started is not None
    assert trace.started.timestamp() == 100.0


def test_a_trace_is_about_the_host_that_uploaded_most_or_the_one_named(tmp_path: Path) -> None:
    phone = frame(PHONE, ROUTER, udp((PHONE_IP, 4000), CLOUD_END, b"small"))
    path = write(tmp_path / "x.pcap", pcap([(99.0, phone), *CONNECTION]))
    assert only_trace(path).device == SPEAKER
    assert only_trace(path, PHONE_IP).device == PHONE
    assert only_trace(path, PHONE.upper()).device == PHONE
    assert [each.size for each in only_trace(path, PHONE).events] == [5]


def test_a_device_that_is_not_there_is_an_error_that_says_who_is(tmp_path: Path) -> None:
    path = write(tmp_path / "x.pcap", pcap(CONNECTION))
    with pytest.raises(ConfigError, match=f"no device 192.0.2.1 .*{SPEAKER}"):
        list(open_capture(path, "192.0.2.1"))


def test_a_capture_without_uploads_has_no_trace(tmp_path: Path) -> None:
    talk = frame(PHONE, SPEAKER, udp((PHONE_IP, 4000), (SPEAKER_IP, 5000), b"on the LAN"))
    path = write(tmp_path / "x.pcap", pcap([(1.0, talk)]))
    assert list(open_capture(path)) == []


def test_a_cut_capture_is_judged_up_to_the_cut_and_the_cut_is_said(tmp_path: Path) -> None:
    trace = only_trace(write(tmp_path / "x.pcap", pcap(CONNECTION)[:-10]))
    assert len(list(trace.events)) == 2
    assert len(trace.complaints) == 1
    assert "cut off" in trace.complaints[0]


def test_packets_that_cannot_be_read_are_counted_and_said(tmp_path: Path) -> None:
    bad = frame(SPEAKER, ROUTER, b"\x41" + bytes(30))
    short = frame(SPEAKER, ROUTER, tcp(SPEAKER_END, CLOUD_END)[:25])
    trace = only_trace(
        write(tmp_path / "x.pcap", pcap([*CONNECTION, (102.0, bad), (102.0, bad), (103.0, short)]))
    )
    assert len(list(trace.events)) == 3
    (complaint,) = trace.complaints
    assert "3 packets could not be read; the first: IPv4 header of 4 bytes" in complaint


def test_a_capture_of_the_first_bytes_of_packets_knows_sizes_all_the_same(tmp_path: Path) -> None:
    trace = only_trace(write(tmp_path / "x.pcap", pcap(CONNECTION, snap=64)))
    events = list(trace.events)
    assert [each.size for each in events] == [len(HELLO), 95, 45]
    assert [each.records for each in events] == [(), (90,), (40,)]


@pytest.mark.parametrize("link_type", [101, 228])
def test_a_capture_without_hardware_addresses_goes_by_addresses(
    tmp_path: Path, link_type: int
) -> None:
    bare = [(at, data[14:]) for at, data in CONNECTION]
    trace = only_trace(write(tmp_path / "x.pcap", pcap(bare, link_type=link_type)))
    assert trace.device == SPEAKER_IP
    assert len(list(trace.events)) == 3


def test_quic_flows_get_their_names_too(tmp_path: Path) -> None:
    hello = initial(crypto(0, written_hello([server_name("www.google.com")])))
    packets = [(1.0, frame(SPEAKER, ROUTER, udp(SPEAKER_END, CLOUD_END, hello)))]
    trace = only_trace(write(tmp_path / "x.pcap", pcap(packets)))
    (event,) = trace.events
    assert (event.size, event.records) == (len(hello), None)
    assert trace.names[event.flow] == "www.google.com"


def test_arp_messages_are_read_beside_packets(tmp_path: Path) -> None:
    path = write(tmp_path / "x.pcap", pcap([(1.0, arp(SPEAKER, SPEAKER_IP)), CONNECTION[0]]))
    neighbor, sighting = read_all(path, [])
    assert isinstance(neighbor, Neighbor)
    assert (neighbor.mac, neighbor.address) == (SPEAKER, bytes([192, 168, 1, 7]))
    assert list(read_sightings(path, [])) == [sighting]


def test_what_is_no_capture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a pcap or pcapng"):
        list(open_capture(write(tmp_path / "x.pcap", b"nothing of the kind")))


def test_other_protocols_on_the_wire_are_passed_over(tmp_path: Path) -> None:
    lldp = b"\x01\x80\xc2\x00\x00\x0e" + bytes(6) + b"\x88\xcc" + bytes(40)
    path = write(
        tmp_path / "x.pcap", pcap([(1.0, lldp), (1.0, b""), (2.0, arp(ROUTER, ROUTER_IP))])
    )
    assert [type(each) for each in read_all(path, [])] == [Neighbor]


def test_a_capture_from_no_year_of_the_calendar_has_no_date(tmp_path: Path) -> None:
    late = 10**18  # microseconds: the year 33658
    blocks = (captured(late + round(at * 1e6), data) for at, data in CONNECTION)
    path = write(tmp_path / "x.pcapng", section() + interface() + b"".join(blocks))
    trace = only_trace(path)
    assert trace.started is None
    assert [event.size for event in trace.events]
