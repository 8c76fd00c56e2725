"""DHCP: against scapy, and on what is not DHCP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP, DHCP

from hushgate.wire.dhcp import decode_dhcp
from hushgate.wire.errors import WireError

MAC = bytes.fromhex("fc65de000001")


def message(*options: tuple[str, object], op: int = 1, yiaddr: str = "0.0.0.0") -> bytes:
    boot = BOOTP(op=op, chaddr=MAC + bytes(10), yiaddr=yiaddr)
    return bytes(boot / DHCP(options=[*options, "end"]))


def test_a_request_reads_as_scapy_wrote_it() -> None:
    request = decode_dhcp(
        message(
            ("message-type", "request"),
            ("requested_addr", "192.168.1.7"),
            ("hostname", b"amazon-0123456789"),
            ("vendor_class_id", b"dhcpcd-5.5.6"),
            ("param_req_list", [1, 33, 3, 6]),
            ("client_id", b"\x01" + MAC),
        )
    )
    assert (request.is_reply, request.kind, request.mac) == (False, 3, MAC)
    assert request.address == "192.168.1.7"
    assert request.host_name == "amazon-0123456789"
    assert request.vendor_class == "dhcpcd-5.5.6"
    assert request.parameters == (1, 33, 3, 6)
    assert request.client_id == b"\x01" + MAC


def test_a_reply_gives_an_address() -> None:
    reply = decode_dhcp(message(("message-type", "ack"), op=2, yiaddr="192.168.1.9"))
    assert (reply.is_reply, reply.kind, reply.address) == (True, 5, "192.168.1.9")


def test_a_message_without_options_is_read() -> None:
    empty = decode_dhcp(message())
    assert (empty.kind, empty.address, empty.host_name) == (0, None, None)
    assert (empty.parameters, empty.vendor_class, empty.client_id) == ((), None, b"")


@pytest.mark.parametrize(
    ("options", "name"),
    [
        pytest.param(b"\x0c\x02ab\x0c\x02cd\xff", "abcd", id="an option in two parts"),
        pytest.param(b"\0\0\x0c\x03ab\0\xff", "ab", id="padding, and a zero at the end"),
        pytest.param(b"\x51\x05\0\0\0pc\xff", "pc", id="the name of option 81"),
        pytest.param(b"\x0c\x01\xfe\xff", "\\xfe", id="bytes that are no text"),
        pytest.param(b"\x0c\x02ab", "ab", id="no end"),
    ],
)
def test_the_host_name_is_found(options: bytes, name: str) -> None:
    assert decode_dhcp(message()[:240] + options).host_name == name


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(message()[:239], id="cut in the cookie"),
        pytest.param(message()[:236] + b"\0\0\0\0", id="BOOTP without the cookie"),
        pytest.param(b"\x03" + message()[1:], id="neither request nor reply"),
        pytest.param(b"\x01\x06" + message()[2:], id="not for Ethernet"),
        pytest.param(message()[:240] + b"\x0c\x09ab", id="an option that reaches past the end"),
        pytest.param(message()[:240] + b"\x0c", id="an option without a length"),
    ],
)
def test_what_is_not_dhcp_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode_dhcp(data)


@given(st.binary(max_size=80))
def test_garbage_options_give_a_message_or_a_wire_error(options: bytes) -> None:
    try:
        decode_dhcp(message()[:240] + options)
    except WireError:
        return
