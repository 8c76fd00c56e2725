"""What happened, in the words of daily life."""

from typing import Any

import pytest

from hushgate.core.model import Reason, Verdict, Voice
from hushgate.core.records import Kind
from hushgate.core.telling import WHY, seconds, size, tell
from tests.core.samples import row

PASSED = {"verdict": Verdict.ACCEPT, "left": 45_000}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {},
            "sent voice, 2.5 s, 45 kB: stopped, nothing left the house (outside its hours);"
            " to avs-alexa-eu.amazon.com:443",
            id="stopped",
        ),
        pytest.param(
            {**PASSED, "voice": Voice.ALLOWED, "reason": Reason.WINDOW_OPEN, "held_seconds": 0.0},
            "sent voice, 2.5 s, 45 kB: allowed (within its hours); to avs-alexa-eu.amazon.com:443",
            id="in a window",
        ),
        pytest.param(
            {**PASSED, "voice": Voice.OBSERVE},
            "sent voice, 2.5 s, 45 kB: NOT PROTECTED, it left (outside its hours);"
            " to avs-alexa-eu.amazon.com:443",
            id="only observed",
        ),
        pytest.param(
            {
                **PASSED,
                "voice": Voice.DELAY,
                "reason": Reason.DELAY_ALLOWED,
                "held_seconds": 4.2,
            },
            "sent voice, 2.5 s, 45 kB: allowed (you or an opening window let it go);"
            " to avs-alexa-eu.amazon.com:443; held 4.2 s",
            id="held, then allowed",
        ),
        pytest.param(
            {"left": 1_200},
            "sent voice, 2.5 s, 45 kB: stopped late, 1 kB LEFT THE HOUSE (outside its hours);"
            " to avs-alexa-eu.amazon.com:443",
            id="some of it escaped",
        ),
        pytest.param(
            {"voice": Voice.ALLOWED, "reason": Reason.GRACE_ENDED, "left": 30_000},
            "sent voice, 2.5 s, 45 kB: stopped after 30 kB (it went on too long after its hours had"
            " ended); to avs-alexa-eu.amazon.com:443",
            id="cut when the grace ended",
        ),
        pytest.param(
            {
                "kind": Kind.UPLOAD,
                "verdict": Verdict.REJECT,
                "reason": Reason.BLOCKLISTED,
                "endpoint": "ads.example:443",
            },
            "wanted to connect: refused (one of your lists names the endpoint); to ads.example:443",
            id="refused at connect",
        ),
        pytest.param(
            {"accidental": "the answer came within 0.4 s"},
            "sent voice, 2.5 s, 45 kB: stopped, nothing left the house (outside its hours);"
            " to avs-alexa-eu.amazon.com:443; probably by accident: the answer came within 0.4 s",
            id="by accident",
        ),
    ],
)
def test_a_row_is_told_in_one_line(changes: dict[str, Any], words: str) -> None:
    assert tell(row(**changes)) == words


def test_every_reason_has_words() -> None:
    assert set(WHY) == set(Reason)


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (45_000, "45 kB"), (999_600, "1.0 MB")],
)
def test_sizes_are_rounded_for_people(count: float, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0.84, "0.8 s"), (9.96, "10 s"), (119.6, "2 min"), (3_600, "1 h"), (4_800, "1 h 20 min")],
)
def test_times_are_rounded_for_people(count: float, words: str) -> None:
    assert seconds(count) == words
