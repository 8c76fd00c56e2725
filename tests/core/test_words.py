"""Words for people."""

from datetime import datetime, timedelta

import pytest

from hushgate.core.words import counted, duration, listing, moment, nearest, suggest


def test_one_is_not_many() -> None:
    shown = [counted(count, "entry", "entries") for count in (0, 1, 2, 3000)]
    assert shown == ["0 entries", "1 entry", "2 entries", "3,000 entries"]


def test_the_nearest_word_is_found_whatever_its_case() -> None:
    assert nearest("KITCHN", ["kitchen", "bedroom"]) == "kitchen"
    assert nearest("xyz", ["kitchen", "bedroom"]) is None


def test_a_suggestion_is_the_nearest_word_else_the_choices_if_they_are_few() -> None:
    assert suggest("blok", ["block", "delay"]) == '; nearest: "block"'
    assert suggest("xyz", ["block", "delay"]) == "; expected one of: block, delay"
    assert suggest("xyz", [f"word{number}" for number in range(40)]) == ""
    assert suggest("xyz", []) == ""


@pytest.mark.parametrize(
    ("parts", "shown"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")],
)
def test_a_listing_reads_as_a_sentence(parts: tuple[str, ...], shown: str) -> None:
    assert listing(parts) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (90, "90s"), (120, "2m"), (5400, "1h30m"), (86400, "1d"), (90061, "1d1h1m")],
)
def test_a_span_of_time_is_shown_as_its_owner_would_write_it(seconds: int, shown: str) -> None:
    assert duration(timedelta(seconds=seconds)) == shown


def test_a_moment_has_its_day_of_the_week() -> None:
    assert moment(datetime(2026, 11, 1, 22, 30)) == "sun 2026-11-01 22:30"
