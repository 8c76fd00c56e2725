"""The judge of the scenes must see what goes wrong: each kind of harm, done on purpose."""

import socket
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from tests.home.channel import Channel, Identity, make_identity
from tests.home.cloud import Arrival
from tests.home.evidence import Account, weigh
from tests.home.speaker import Link, Mark

UPLOAD = b"\x16\x03\x01\x00\xc8" + bytes(range(200)) + b"keep-alive" + b"speech" * 10
SPEECH = len(UPLOAD) - 60
DOWNLOAD = b"hello back"


class Ends(NamedTuple):
    """Both ends of one connection, and the wire between them."""

    link: Link
    arrival: Arrival
    wire: bytearray


@pytest.fixture(scope="module")
def identity() -> Identity:
    return make_identity(("voice.example",))


@pytest.fixture
def ends(identity: Identity) -> Iterator[Ends]:
    with socket.socket() as near, socket.socket() as far:
        link = Link(near, Channel(identity.client, "voice.example"))
        link.sent += UPLOAD
        link.content += b"content"
        link.received += DOWNLOAD
        link.marks += [Mark(205, SPEECH, 1.0, False), Mark(SPEECH, len(UPLOAD), 2.0, True)]
        arrival = Arrival("203.0.113.7", far, Channel(identity.server))
        arrival.received += UPLOAD
        arrival.content += b"content"
        arrival.sent += DOWNLOAD
        arrival.times += [(1.001, SPEECH), (2.003, len(UPLOAD))]
        yield Ends(link, arrival, bytearray(UPLOAD))


def judge(ends: Ends) -> Account:
    return weigh("203.0.113.7", [ends.link], [ends.arrival], [bytes(ends.wire)])


def test_what_arrives_whole_is_identical(ends: Ends) -> None:
    account = judge(ends)
    assert account.identical
    assert (account.speech_sent, account.speech_arrived) == (60, 60)
    assert (account.other_sent, account.other_arrived) == (SPEECH, SPEECH)
    assert account.delays == pytest.approx([0.001, 0.003])


def test_one_byte_of_speech_is_counted(ends: Ends) -> None:
    del ends.wire[SPEECH + 1 :], ends.arrival.received[SPEECH + 1 :]
    account = judge(ends)
    assert (account.speech_arrived, account.identical) == (1, True)


def _flip(part: Callable[[Ends], bytearray]) -> Callable[[Ends], None]:
    def harm(ends: Ends) -> None:
        part(ends)[-1] ^= 1

    return harm


def _swap(ends: Ends) -> None:
    ends.wire[205:215] = ends.wire[210:215] + ends.wire[205:210]
    ends.arrival.received[:] = ends.wire


def _insert(ends: Ends) -> None:
    ends.wire.insert(100, 0)
    ends.arrival.received[:] = ends.wire


def _hide(ends: Ends) -> None:
    del ends.arrival.received[-10:]


def _lose_download(ends: Ends) -> None:
    del ends.link.received[-1:]


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(_flip(lambda ends: ends.wire), id="a byte of the upload differs"),
        pytest.param(_flip(lambda ends: ends.link.received), id="a byte of the download differs"),
        pytest.param(_flip(lambda ends: ends.arrival.content), id="decrypted content differs"),
        pytest.param(_swap, id="the order differs"),
        pytest.param(_insert, id="a byte was put in"),
        pytest.param(_hide, id="the wire carried more than the server says"),
        pytest.param(_lose_download, id="a byte of the download is missing"),
    ],
)
def test_harm_is_seen(ends: Ends, harm: Callable[[Ends], None]) -> None:
    harm(ends)
    assert not judge(ends).identical


def test_bytes_of_no_connection_are_seen(ends: Ends) -> None:
    account = weigh("203.0.113.7", [], [], [bytes(ends.wire)])
    assert account.differences == ["203.0.113.7: 275 bytes from nowhere"]
