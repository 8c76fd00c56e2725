"""The kernel's filter, run by an interpreter of its own: what is copied, and what is not."""

import struct

import pytest

from hushgate.core.copyfilter import COPY, MAX_INTERFACES, render_filter
from tests.wire.frames import (
    ACK,
    CLOUD_IP,
    PHONE,
    PHONE_IP,
    PSH,
    ROUTER,
    SPEAKER,
    SPEAKER_IP,
    SYN,
    arp,
    frame,
    packet,
    tcp,
    udp,
)
from tests.wire.hellos import openssl_hello
from tests.wire.initials import VERSION_2, aioquic_datagrams

CLOUD6, SPEAKER6 = "2001:db8:c::1", "2001:db8:77::11"
AUXILIARY = 0xFFFFF000


def run(data: bytes, program: bytes, *, interface: int = 2, hardware: int = 1, tag: int = 0) -> int:
    """How many bytes of a frame the program wants (linux/Documentation/networking/filter.rst)."""
    steps = list(struct.iter_unpack("=HBBI", program))
    at = a = x = kept = 0
    for _ in range(1000):
        code, then, otherwise, k = steps[at]
        at += 1
        width = {0x00: 4, 0x08: 2, 0x10: 1}[code & 0x18] if code & 0x07 == 0 else 0
        if code == 0x06:
            return k
        if code == 0x60:
            a = kept
            continue
        if code & 0x07 == 0:
            if k >= AUXILIARY:
                a = {8: interface, 28: hardware, 48: tag}[k - AUXILIARY]
                continue
            where = k + (x if code & 0xE0 == 0x40 else 0)
            if where + width > len(data):
                return 0
            a = int.from_bytes(data[where : where + width])
        elif code == 0x01:
            x = k
        elif code == 0xB1:
            x = 4 * (data[k] & 0x0F)
        elif code == 0x07:
            x = a
        elif code == 0x54:
            a &= k
        elif code == 0x74:
            a >>= k
        elif code == 0x0C:
            a += x
        elif code == 0x02:
            kept = a
        elif code == 0x05:
            at += k
        elif code in (0x15, 0x45):
            is_so = a == k if code == 0x15 else bool(a & k)
            at += then if is_so else otherwise
        else:
            raise AssertionError(f"instruction {code:#x}")
    raise AssertionError("it does not end")


def sent(data: bytes) -> bytes:
    return frame(SPEAKER, ROUTER, data)


HELLO = openssl_hello()
COPIED = [
    pytest.param(arp(PHONE, PHONE_IP), id="ARP"),
    pytest.param(sent(packet("fe80::1", "ff02::1", 58, b"\x87" + bytes(23))), id="solicitation"),
    pytest.param(
        sent(packet("fe80::1", "ff02::1", 58, b"\x86" + bytes(15))), id="router advertisement"
    ),
    pytest.param(sent(udp(("0.0.0.0", 68), ("255.255.255.255", 67), b"x")), id="DHCP request"),
    pytest.param(sent(udp(("192.168.1.1", 67), ("192.168.1.7", 68), b"x")), id="DHCP reply"),
    pytest.param(sent(udp((SPEAKER_IP, 5353), ("224.0.0.251", 5353), b"x")), id="mDNS"),
    pytest.param(sent(udp((SPEAKER_IP, 5353), (PHONE_IP, 40000), b"x")), id="mDNS to one asker"),
    pytest.param(sent(udp((SPEAKER_IP, 9), ("239.255.255.250", 1900), b"x")), id="SSDP search"),
    pytest.param(sent(udp((SPEAKER_IP, 1900), (PHONE_IP, 40000), b"x")), id="SSDP answer"),
    pytest.param(sent(udp((SPEAKER_IP, 40000), ("192.168.1.1", 53), b"x")), id="DNS question"),
    pytest.param(sent(udp((SPEAKER6, 40000), (CLOUD6, 53), b"x")), id="DNS question over IPv6"),
    pytest.param(sent(tcp((SPEAKER_IP, 40000), (CLOUD_IP, 443), HELLO)), id="TLS hello"),
    pytest.param(sent(tcp((SPEAKER6, 40000), (CLOUD6, 443), HELLO)), id="TLS hello over IPv6"),
    pytest.param(
        sent(tcp((SPEAKER_IP, 40000), (CLOUD_IP, 443), HELLO[300:], flags=PSH | ACK)),
        id="the end of a TLS hello",
    ),
    pytest.param(
        sent(tcp((SPEAKER6, 40000), (CLOUD6, 443), HELLO[300:], flags=PSH | ACK)),
        id="the end of a TLS hello over IPv6",
    ),
    pytest.param(
        sent(udp((SPEAKER_IP, 9), (CLOUD_IP, 443), aioquic_datagrams("a.example")[0])),
        id="QUIC Initial",
    ),
    pytest.param(
        sent(udp((SPEAKER6, 9), (CLOUD6, 443), aioquic_datagrams("a.example", VERSION_2)[0])),
        id="QUIC 2 Initial",
    ),
    pytest.param(
        sent(tcp((SPEAKER_IP, 55443), (PHONE_IP, 40000), flags=SYN | ACK)),
        id="an Echo's port answers",
    ),
]
PASSED_BY = [
    pytest.param(sent(tcp((SPEAKER_IP, 40000), (CLOUD_IP, 443), b"\x17\x03\x03x")), id="TLS data"),
    pytest.param(
        sent(tcp((SPEAKER_IP, 9), (CLOUD_IP, 443), b"\x17\x03\x03x", flags=PSH | ACK)),
        id="the last TLS data of a write",
    ),
    pytest.param(
        sent(tcp((SPEAKER_IP, 9), (CLOUD_IP, 443), HELLO[300:])), id="the middle of a large write"
    ),
    pytest.param(sent(tcp((SPEAKER_IP, 40000), (CLOUD_IP, 443))), id="an acknowledgement"),
    pytest.param(sent(tcp((SPEAKER_IP, 40000), (CLOUD_IP, 443), flags=SYN)), id="a SYN"),
    pytest.param(frame(ROUTER, SPEAKER, tcp((CLOUD_IP, 443), (SPEAKER_IP, 4), HELLO)), id="answer"),
    pytest.param(sent(udp((SPEAKER_IP, 9), (CLOUD_IP, 443), b"\x41" * 60)), id="QUIC data"),
    pytest.param(sent(udp((SPEAKER_IP, 40000), (CLOUD_IP, 9999), b"x" * 60)), id="other UDP"),
    pytest.param(sent(packet("fe80::1", "ff02::1", 58, b"\x80" + bytes(23))), id="a ping"),
    pytest.param(sent(packet(SPEAKER_IP, CLOUD_IP, 47, bytes(60))), id="GRE"),
    pytest.param(b"", id="nothing"),
    pytest.param(sent(tcp((SPEAKER_IP, 40000), (CLOUD_IP, 443), HELLO))[:40], id="cut off"),
]


@pytest.mark.parametrize("data", COPIED)
def test_what_tells_of_its_sender_is_copied(data: bytes) -> None:
    assert run(data, render_filter()) == COPY


@pytest.mark.parametrize("data", PASSED_BY)
def test_all_else_is_passed_by(data: bytes) -> None:
    assert run(data, render_filter()) == 0


def test_frames_of_other_interfaces_are_passed_by() -> None:
    program = render_filter((2, 5))
    assert run(arp(PHONE, PHONE_IP), program, interface=5) == COPY
    assert run(arp(PHONE, PHONE_IP), program, interface=3) == 0


def test_what_is_no_ethernet_is_passed_by() -> None:
    assert run(arp(PHONE, PHONE_IP), render_filter(), hardware=772) == 0


def test_frames_with_a_tag_are_passed_by_for_they_come_again_without() -> None:
    assert run(arp(PHONE, PHONE_IP), render_filter(), tag=1) == 0


def test_more_interfaces_than_a_jump_reaches_are_no_fault() -> None:
    program = render_filter(range(1, 1000))
    assert run(arp(PHONE, PHONE_IP), program, interface=MAX_INTERFACES) == COPY
    assert run(arp(PHONE, PHONE_IP), program, interface=999) == 0
