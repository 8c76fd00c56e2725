"""Rows hold sizes, times and names, and nothing that acts on a terminal."""

from typing import Any

import pytest

from hushgate.core.model import Reason, Verdict, Voice
from hushgate.core.records import Kind
from hushgate.core.rows import LONGEST_TEXT, as_json, row_of
from tests.core.samples import NOON, record, row


@pytest.mark.parametrize(
    ("changes", "unallowed"),
    [
        pytest.param({"left": 0}, 0, id="nothing left"),
        pytest.param({"left": 46}, 0, id="a keep-alive in front of the utterance left"),
        pytest.param({"left": 700}, 700, id="bytes left before the utterance was recognized"),
        pytest.param(
            {"left": 700, "voice": Voice.DELAY, "reason": Reason.DELAY_EXPIRED}, 700, id="delay"
        ),
        pytest.param(
            {"left": 45_000, "voice": Voice.ALLOWED, "verdict": Verdict.ACCEPT}, 0, id="in a window"
        ),
        pytest.param(
            {"left": 900, "voice": Voice.ALLOWED, "reason": Reason.GRACE_ENDED},
            0,
            id="began in a window, cut when the grace ended",
        ),
        pytest.param({"left": 45_000, "voice": Voice.OBSERVE}, 0, id="only observed"),
        pytest.param(
            {"left": 45_000, "voice": Voice.DELAY, "reason": Reason.DELAY_ALLOWED},
            0,
            id="the owner let it go",
        ),
        pytest.param({"left": 300, "kind": Kind.UPLOAD}, 0, id="not speech"),
    ],
)
def test_unallowed_bytes_are_those_of_speech_that_should_have_stayed(
    changes: dict[str, Any], unallowed: int
) -> None:
    assert row(**changes).unallowed == unallowed


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("münchen.example:443", "münchen.example:443", id="letters stay"),
        pytest.param("a\x1b[2Jb", "a\\x1b[2Jb", id="terminal escape"),
        pytest.param("a\nb", "a\\nb", id="line break"),
        pytest.param("a\u202eb", "a\\u202eb", id="text direction override"),
        pytest.param("a\udcffb", "a\\udcffb", id="not UTF-8 on the wire"),
        pytest.param("x" * 1000, "x" * (LONGEST_TEXT - 1) + "…", id="too long"),
    ],
)
def test_what_strangers_write_is_made_harmless(text: str, kept: str) -> None:
    assert row(endpoint=text).endpoint == kept


def test_a_refusal_has_no_judgement() -> None:
    refused = row_of(record(judgement=None), id=1, time=NOON, name="Kitchen")
    assert (refused.likeness, refused.judged_by, refused.evidence) == (None, None, None)


def test_json_carries_the_time_with_its_offset() -> None:
    assert as_json(row())["time"] == "2026-11-24T12:00:00.000+00:00"
