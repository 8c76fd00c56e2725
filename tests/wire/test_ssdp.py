"""SSDP: the three kinds of message, and the liberties that senders take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.wire.errors import WireError
from hushgate.wire.ssdp import SsdpKind, decode_ssdp

ZONE_PLAYER = "urn:schemas-upnp-org:device:ZonePlayer:1"


def test_an_announcement_offers_a_device() -> None:
    message = decode_ssdp(
        b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
        b"NT: urn:schemas-upnp-org:device:ZonePlayer:1\r\nNTS: ssdp:alive\r\n"
        b"LOCATION: http://192.168.1.8:1400/xml/device_description.xml\r\n"
        b"SERVER: Linux UPnP/1.0 Sonos/70.3 (ZPS12)\r\nUSN: uuid:RINCON_1::x\r\n\r\n"
    )
    assert message.kind is SsdpKind.ANNOUNCE
    assert message.target == ZONE_PLAYER
    assert message.server.startswith("Linux UPnP/1.0 Sonos")
    assert message.location == "http://192.168.1.8:1400/xml/device_description.xml"
    assert message.name == "uuid:RINCON_1::x"


def test_a_search_and_its_response_are_told_apart() -> None:
    search = decode_ssdp(b'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nST: ssdp:all\r\n\r\n')
    response = decode_ssdp(f"HTTP/1.1 200 OK\nst:{ZONE_PLAYER}\n\n".encode())
    assert (search.kind, search.target) == (SsdpKind.SEARCH, "ssdp:all")
    assert (response.kind, response.target) == (SsdpKind.RESPONSE, ZONE_PLAYER)


def test_missing_headers_are_empty() -> None:
    message = decode_ssdp(b"NOTIFY * HTTP/1.1\r\nno colon here\r\n\r\n")
    assert (message.target, message.server, message.location, message.name) == ("", "", "", "")


@pytest.mark.parametrize("data", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 40])
def test_what_is_not_ssdp_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode_ssdp(data)


@given(st.binary(max_size=300))
def test_garbage_headers_never_fail(rest: bytes) -> None:
    assert decode_ssdp(b"NOTIFY * HTTP/1.1\r\n" + rest).kind is SsdpKind.ANNOUNCE
