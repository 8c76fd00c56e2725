"""Which of the utterances that wait a word of the owner means."""

import pytest

from hushgate.core.errors import RequestError
from hushgate.core.model import DeviceId, FlowKey, Instant, Transport
from hushgate.core.pending import Request, meant


def request(number: int, device: str) -> Request:
    """An utterance of a device that waits."""
    flow = FlowKey(DeviceId(device), Transport.TCP, "10.0.0.2", 40_000 + number, "10.9.0.1", 443)
    return Request(number, flow, "voice.example:443", Instant(0.0), 20_000, 2.0, Instant(20.0))


WAITING = (request(3, "kitchen"), request(4, "kitchen"), request(5, "7"), request(7, "office"))


@pytest.mark.parametrize(
    ("word", "waiting", "expected"),
    [
        pytest.param("4", WAITING, [4], id="a number"),
        pytest.param("kitchen", WAITING, [3, 4], id="all of a speaker"),
        pytest.param("all", WAITING, [3, 4, 5, 7], id="all there are"),
        pytest.param("", WAITING[:1], [3], id="nothing said, and only one waits"),
        pytest.param("7", WAITING, [7], id="a number, though a speaker is called so too"),
    ],
)
def test_a_word_means_requests(
    word: str, waiting: tuple[Request, ...], expected: list[int]
) -> None:
    assert [each.number for each in meant(word, waiting)] == expected


@pytest.mark.parametrize(
    ("word", "waiting", "said"),
    [
        pytest.param("", (), "nothing waits", id="nothing waits"),
        pytest.param("3", (), "nothing waits", id="it is over"),
        pytest.param("", WAITING[:2], "say which one: 3 or 4, or all", id="several wait"),
        pytest.param("9", WAITING[:2], 'called "9"; waiting: 3 or 4', id="another number"),
    ],
)
def test_a_word_that_means_none_is_answered(
    word: str, waiting: tuple[Request, ...], said: str
) -> None:
    with pytest.raises(RequestError, match=said):
        meant(word, waiting)
