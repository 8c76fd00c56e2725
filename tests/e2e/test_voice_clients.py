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
    """Of the two speakers with the Assistant; the other two ask one host for their tokens."""
    names = [name for name in NAMES if "google" in name]
    arrived = sum(behind_hello(wire) for name in names for wire in seen.wires[name])
    counted = [
        value
        for labels, value in samples(seen, "hushgate_payload_bytes_total")
        if labels["device"] in ("office", "kitchen") and labels["direction"] == "upload"
    ]
    assert sum(counted) == arrived


def behind_hello(wire: bytes) -> int:
    """Count the bytes after the first TLS record: the gateway reads that one to know the server."""
    return len(wire) - 5 - int.from_bytes(wire[3:5])


def test_the_sentences_that_arrived_are_the_utterances_that_are_counted(seen: Seen) -> None:
    arrived = Counter(turn.device for turn in seen.turns.values() if turn.audio)
    stopped = Counter(
        turn.device for turn in seen.turns.values() for _, what, _ in turn.events if what == "lost"
    )
    rows = [row for row in seen.ledger if row["kind"] == "utterance"]
    page = samples(seen, "hushgate_utterances_total")
    for passed, expected in ((True, arrived), (False, stopped)):
        assert Counter(r["device"] for r in rows if (r["left"] >= len(seen.pcm)) is passed) == (
            expected
        )
        counts: Counter[str] = Counter()
        for labels, value in page:
            if (labels["verdict"] != "drop") is passed:
                counts[labels["device"]] += int(value)
        assert +counts == expected


def samples(seen: Seen, name: str) -> Iterable[tuple[dict[str, str], float]]:
    """Return the samples of a name on /metrics."""
    for family in text_string_to_metric_families(seen.page):
        for sample in family.samples:
            if sample.name == name:
                yield sample.labels, sample.value
