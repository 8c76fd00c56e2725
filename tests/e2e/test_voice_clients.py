"""Voice clients that other people wrote speak through the gateway; what arrives, what they do.

`python -m tests.home.voiceclients` prints the same run as a table.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.home.voiceclients import NAMES, Seen, Turn, play
from tests.home.voiceprograms import missing

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(bool(missing()), reason=missing())]

CLIENTS = ("bedroom", "office")
alexa_and_assistant = pytest.mark.parametrize(
    "device", CLIENTS, ids=["Alexa over IPv4", "the Assistant over IPv6"]
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return asyncio.run(play(tmp_path_factory.mktemp("voice-clients")))


@alexa_and_assistant
@pytest.mark.parametrize("mode", ["block", "quiet"])
def test_outside_the_window_no_audio_arrives(seen: Seen, device: str, mode: str) -> None:
    turn = seen.turns[device, mode]
    assert turn.when("listening") is not None
    assert turn.audio == []


@alexa_and_assistant
def test_inside_the_window_all_of_it_arrives(seen: Seen, device: str) -> None:
    assert whole(seen, seen.turns[device, "open"])


@pytest.mark.parametrize(
    "device", ["living-room", "kitchen"], ids=["Alexa over IPv6", "the Assistant over IPv4"]
)
def test_a_delayed_sentence_waits_for_the_owner_and_arrives_whole(seen: Seen, device: str) -> None:
    turn = seen.turns[device, "delay"]
    assert turn.early == 0
    assert whole(seen, turn)
    assert turn.when("lost") is None


def whole(seen: Seen, turn: Turn) -> bool:
    """Whether one upload brought the sentence; the Assistant sends silence after it."""
    (audio,) = turn.audio
    return audio[: len(seen.pcm)] == seen.pcm and not any(audio[len(seen.pcm) :])


def test_no_byte_left_that_the_services_did_not_read(seen: Seen) -> None:
    for name in NAMES:
        assert sorted(seen.wires[name]) == sorted(bytes(call.received) for call in seen.calls[name])
        assert [call.unread for call in seen.calls[name]] == [0] * len(seen.calls[name])


@pytest.mark.parametrize("mode", ["block", "quiet"])
def test_alexa_that_was_stopped_is_back_with_one_new_connection(seen: Seen, mode: str) -> None:
    turn = seen.turns["bedroom", mode]
    assert turn.when("lost") is not None
    assert turn.back is not None
    assert len(turn.calls) == 1


@pytest.mark.parametrize("mode", ["block", "quiet"])
def test_the_assistant_that_was_stopped_tries_three_times_and_gives_up(
    seen: Seen, mode: str
) -> None:
    turn = seen.turns["office", mode]
    words = Counter(what for _, what, _ in turn.events)
    assert words == {"listening": 3, "lost": 3, "gave-up": 1}
    assert {error for _, _, error in turn.events} == {"", "UNAVAILABLE"}


def test_what_is_not_speech_goes_on_while_the_window_is_closed(seen: Seen) -> None:
    assert seen.reports == 2
    assert seen.pings == 1
    assert seen.music
    assert all(piece.identical for piece in seen.music)


def test_the_bytes_that_arrived_are_the_bytes_that_are_counted(seen: Seen) -> None:
    """Of the two speakers with the Assistant; they get their tokens from one host."""
    names = [name for name in NAMES if "google" in name]
    arrived = sum(behind_hello(wire) for name in names for wire in seen.wires[name])
    left = Counter[str]()
    for name in ("hushgate_utterance_left_bytes_total", "hushgate_burst_left_bytes_total"):
        for labels, value in samples(seen, name):
            left[labels["device"]] += int(value)
    assert left["office"] + left["kitchen"] == arrived
    sent = Counter[str]()
    for labels, value in samples(seen, "hushgate_payload_bytes_total"):
        if labels["direction"] == "upload":
            sent[labels["device"]] += int(value)
    assert sent["office"] > left["office"]
    assert sent["kitchen"] == left["kitchen"]


def behind_hello(wire: bytes) -> int:
    """Count the bytes after the first TLS record: the gateway reads that one to know the server."""
    return len(wire) - 5 - int.from_bytes(wire[3:5])


def test_the_sentences_that_arrived_are_the_utterances_that_are_counted(seen: Seen) -> None:
    arrived = Counter(turn.device for turn in seen.turns.values() if turn.audio)
    stopped = Counter(
        turn.device for turn in seen.turns.values() for _, what, _ in turn.events if what == "lost"
    )
    for verdict, expected in (("accept", arrived), ("drop", stopped)):
        rows = [
            row for row in seen.ledger if row["kind"] == "utterance" and row["verdict"] == verdict
        ]
        assert Counter(row["device"] for row in rows) == expected
        counted = Counter[str]()
        for labels, value in samples(seen, "hushgate_utterances_total"):
            if labels["verdict"] == verdict:
                counted[labels["device"]] += int(value)
        assert +counted == expected


def test_nothing_is_shown_as_speech_that_escaped(seen: Seen) -> None:
    escaped = samples(seen, "hushgate_unallowed_speech_bytes_total")
    assert [labels for labels, value in escaped if value] == []


def samples(seen: Seen, name: str) -> Iterable[tuple[dict[str, str], float]]:
    """Return the samples of a name on /metrics."""
    for family in text_string_to_metric_families(seen.page):
        for sample in family.samples:
            if sample.name == name:
                yield sample.labels, sample.value
