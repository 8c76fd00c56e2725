"""Whom to ask what they are, and what their answers are worth."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.facts import Announced, Described, Fact, Offered, Present, Served
from hushgate.core.inquiry import (
    AGAIN,
    MAX_VALUE,
    Inquiry,
    Question,
    Way,
    questions_for,
    read_answer,
)
from hushgate.core.model import Instant, Transport
from hushgate.core.profiles import Profile, ProfileTable

DEVICE = "f8:0f:f9:00:00:01"
NOW = Instant(10.0)
CAST = Question(DEVICE, Way.CAST, "192.168.1.7", 8008, "/x")
UPNP = CAST._replace(way=Way.UPNP)
HERE = Present(DEVICE, "192.168.1.7")


def profile(*facts: Fact, device: str = DEVICE) -> Profile:
    table = ProfileTable()
    for fact in facts:
        table.learn(fact, NOW)
    known = table.get(device)
    assert known is not None
    return known


def offer(location: str) -> Offered:
    return Offered(DEVICE, "upnp:rootdevice", "", location)


def test_a_cast_device_is_asked_at_its_own_address() -> None:
    known = profile(Present(DEVICE, "203.0.113.7"), HERE, Served(DEVICE, Transport.TCP, 8009))
    plain, secret = questions_for(known)
    assert (plain.address, plain.port, plain.way) == ("192.168.1.7", 8008, Way.CAST)
    assert (secret.address, secret.port, secret.way) == ("192.168.1.7", 8443, Way.CAST_TLS)


def test_a_upnp_device_is_asked_where_it_says() -> None:
    (question,) = questions_for(profile(HERE, offer("http://192.168.1.7:1400/xml/d.xml")))
    assert question == Question(DEVICE, Way.UPNP, "192.168.1.7", 1400, "/xml/d.xml")


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("http://192.168.1.1:1400/", id="another host"),
        pytest.param("http://203.0.113.9:1400/", id="its public address"),
        pytest.param("http://127.0.0.1:1400/", id="the gateway's loopback"),
        pytest.param("http://192.168.1.7:80/reboot", id="a port of the system"),
        pytest.param("http://192.168.1.7/x", id="no port"),
        pytest.param("http://192.168.1.7:70000/", id="no such port"),
        pytest.param("https://192.168.1.7:1400/", id="another protocol"),
        pytest.param("http://user@192.168.1.7:1400/", id="a name and password"),
        pytest.param("http://speaker.local:1400/", id="a name"),
        pytest.param("http://192.168.1.7:1400/ HTTP/1.0\r\nX: y", id="headers smuggled in"),
        pytest.param("", id="nothing"),
    ],
)
def test_nobody_else_is_asked_whatever_a_device_says(location: str) -> None:
    known = profile(
        HERE, Present(DEVICE, "203.0.113.9"), Present(DEVICE, "127.0.0.1"), offer(location)
    )
    assert list(questions_for(known)) == []


def test_each_is_asked_once_a_day() -> None:
    known = [profile(HERE, offer("http://192.168.1.7:1400/d.xml"))]
    inquiry = Inquiry()
    assert inquiry.next(known, NOW) is not None
    assert inquiry.next(known, Instant(NOW + AGAIN - 1)) is None
    assert inquiry.next(known, Instant(NOW + AGAIN)) is not None


def test_a_cast_device_says_its_model() -> None:
    body = {"name": "Kitchen", "device_info": {"model_name": "Google Home Mini"}}
    assert read_answer(CAST, json.dumps(body).encode()) == [
        Announced(DEVICE, "_googlecast._tcp", "Kitchen", (("md", "Google Home Mini"),), 8009),
        Described(DEVICE, "", "Google Home Mini"),
    ]


def test_a_upnp_device_says_its_type_maker_and_model() -> None:
    body = (
        b"<root><device><deviceType>urn:schemas-upnp-org:device:ZonePlayer:1</deviceType>"
        b"<manufacturer>Sonos, Inc.</manufacturer><modelName> Sonos One</modelName></device></root>"
    )
    assert read_answer(UPNP, body) == [
        Offered(DEVICE, "urn:schemas-upnp-org:device:ZonePlayer:1", ""),
        Described(DEVICE, "Sonos, Inc.", "Sonos One"),
    ]


@given(st.binary(), st.sampled_from(Way))
def test_nonsense_says_nothing(body: bytes, way: Way) -> None:
    assert read_answer(CAST._replace(way=way), body) == []


@pytest.mark.parametrize("body", [b"[" * 50_000, b"[]", b"{}", b'{"name": 1, "device_info": []}'])
def test_what_is_no_answer_of_a_cast_device_says_nothing(body: bytes) -> None:
    assert read_answer(CAST, body) == []


def test_answers_are_cut_to_size() -> None:
    body = b"<modelName>" + b"x" * 60_000 + b"</modelName><manufacturer>" + b"y" * 1000
    (described,) = read_answer(UPNP, body)
    assert described == Described(DEVICE, "", "x" * MAX_VALUE)
