"""Sums of the ledger, and the page and text made of them."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushgate.core.model import DeviceId, Instant, Reason, Verdict, Voice
from hushgate.core.records import Kind
from hushgate.core.report import (
    MOST_ENDPOINTS,
    REST,
    Fate,
    Report,
    by_domain,
    fate_of,
    summarize,
)
from hushgate.core.reporthtml import report_page
from hushgate.core.reporttext import report_lines
from tests.core.samples import NOON, row

BERLIN = ZoneInfo("Europe/Berlin")
SPAN = (NOON - timedelta(days=6), NOON + timedelta(days=1))  # 8 dates

ALLOWED = {"voice": Voice.ALLOWED, "verdict": Verdict.ACCEPT, "left": 45_000}
WATCHED = {"voice": Voice.OBSERVE, "verdict": Verdict.ACCEPT, "left": 45_000}
LET_GO = {**ALLOWED, "voice": Voice.DELAY, "reason": Reason.DELAY_ALLOWED}


@pytest.mark.parametrize(
    ("changes", "fate"),
    [
        (ALLOWED, Fate.ALLOWED),
        pytest.param(LET_GO, Fate.ALLOWED, id="held, then allowed"),
        ({}, Fate.STOPPED),
        (WATCHED, Fate.WATCHED),
        ({"left": 46}, Fate.STOPPED),
        ({"left": 1_000}, Fate.ESCAPED),
    ],
)
def test_each_utterance_has_one_fate(changes: dict[str, Any], fate: Fate) -> None:
    assert fate_of(row(**changes)) is fate


def test_utterances_are_counted_by_fate_day_and_hour_of_the_house() -> None:
    late = {"start": Instant(11.5 * 3600)}  # 23:30 UTC, so 00:30 on Wednesday in Berlin
    (kitchen,) = summarize([row(), row(**ALLOWED, **late)], *SPAN, BERLIN).devices
    assert kitchen.utterances == {
        Fate.ALLOWED: 1,
        Fate.STOPPED: 1,
        Fate.WATCHED: 0,
        Fate.ESCAPED: 0,
    }
    days = {day: sum(count.values()) for day, count in kitchen.by_day.items()}
    assert list(days.items())[-3:] == [("2026-11-23", 0), ("2026-11-24", 1), ("2026-11-25", 1)]
    assert len(days) == 8
    assert kitchen.by_hour[1][13] == 1  # Tuesday
    assert kitchen.by_hour[2][0] == 1  # Wednesday


def test_utterances_are_counted_inside_and_outside_the_time_voice_was_allowed() -> None:
    rows = [row(**ALLOWED, speech_seconds=2.0), row(speech_seconds=3.0), row(**WATCHED)]
    (kitchen,) = summarize(rows, *SPAN, BERLIN).devices
    assert (kitchen.inside, kitchen.inside_seconds) == (1, 2.0)
    assert (kitchen.outside, kitchen.outside_seconds) == (2, 5.5)


def test_refused_uploads_are_not_utterances() -> None:
    refused = row(kind=Kind.UPLOAD, verdict=Verdict.REJECT, speech_seconds=None)
    (kitchen,) = summarize([refused], *SPAN, BERLIN).devices
    assert (kitchen.refused, sum(kitchen.utterances.values())) == (1, 0)


def test_a_budget_that_was_used_up_is_told_and_is_no_refusal() -> None:
    spent = row(
        kind=Kind.UPLOAD, verdict=Verdict.ACCEPT, reason=Reason.OVER_BUDGET, size=4_000_000, left=9
    )
    later = row(kind=Kind.UPLOAD, verdict=Verdict.HOLD, reason=Reason.OVER_BUDGET, size=0)
    report = summarize([spent, later], *SPAN, BERLIN)
    (device,) = report.devices
    assert (device.over_budget, device.refused, device.endpoints) == (1, 0, ())
    assert "1  more left than a speaker at rest sends" in "\n".join(report_lines(report))
    assert "More left than a speaker at rest sends" in report_page(report)


def test_endpoints_beyond_the_first_are_summed_up() -> None:
    rows = [row(endpoint=f"host{n}:443", size=100 - n) for n in range(MOST_ENDPOINTS + 3)]
    (kitchen,) = summarize(rows, *SPAN, BERLIN).devices
    assert [each.endpoint for each in kitchen.endpoints][-2:] == ["host9:443", REST]
    assert sum(each.size for each in kitchen.endpoints) == sum(each.size for each in rows)


def of_two_domains() -> Report:
    sizes = {"a.one.com:443": 900, "b.two.com:443": 800, "c.one.com:443": 700, "192.0.2.1:443": 10}
    rows = [row(endpoint=name, size=size, left=size) for name, size in sizes.items()]
    return summarize(rows, *SPAN, BERLIN, lambda name: name.partition(".")[2] or name)


def test_endpoints_of_a_domain_stand_together_under_its_sum() -> None:
    report = of_two_domains()
    (kitchen,) = report.devices
    assert [
        (domain.endpoint, domain.left, [each.endpoint for each in endpoints])
        for domain, endpoints in by_domain(kitchen)
    ] == [
        ("one.com", 1600, ["a.one.com:443", "c.one.com:443"]),
        ("two.com", 800, ["b.two.com:443"]),
        ("0.2.1", 10, ["192.0.2.1:443"]),
    ]
    lines = list(report_lines(report))
    start = lines.index("  one.com: 2 kB left of 2 kB")
    assert lines[start + 1 : start + 4] == [
        "    a.one.com:443: 900 bytes left of 900 bytes",
        "    c.one.com:443: 700 bytes left of 700 bytes",
        "  b.two.com:443: 800 bytes left of 800 bytes",
    ]
    assert "<td>one.com</td>" in report_page(report)
    assert "<td class=in>c.one.com:443</td>" in report_page(report)


def test_a_speaker_nobody_named_is_on_the_page() -> None:
    found = row(kind=Kind.FOUND, endpoint="fc:65:de:00:00:01", name="new Echo <x>")
    page = report_page(summarize([found], *SPAN, BERLIN))
    assert "<li>new Echo &lt;x&gt; (fc:65:de:00:00:01), a speaker you did not name</li>" in page


@given(st.lists(st.sampled_from([{}, ALLOWED, WATCHED, LET_GO, {"left": 900}]), max_size=30))
def test_nothing_is_lost_in_a_sum(cases: list[dict[str, Any]]) -> None:
    rows = [row(start=Instant(3600.0 * n), **case) for n, case in enumerate(cases)]
    for device in summarize(rows, *SPAN, BERLIN).devices:
        assert sum(device.utterances.values()) == len(rows)
        assert sum(sum(day.values()) for day in device.by_day.values()) == len(rows)
        assert sum(map(sum, device.by_hour)) == len(rows)
        assert device.inside + device.outside == len(rows)
        assert device.escaped_bytes == sum(each.unallowed for each in rows)


def test_the_text_says_what_matters() -> None:
    rows = [row(), row(left=3_000, accidental="no answer"), row(device=DeviceId("hall"), **WATCHED)]
    text = "\n".join(report_lines(summarize(rows, *SPAN, BERLIN)))
    assert "Kitchen Echo (kitchen): listened 2 times" in text
    assert "1  stopped, nothing left the house; 2.5 s of speech" in text
    assert "1  LEFT although voice was blocked" in text
    assert "began while voice was allowed" not in text, "no line about nothing"
    assert "2  began while voice was not allowed; 5.0 s of speech" in text
    assert "1  woke it probably by accident (an estimate)" in text
    assert "only observed, NOT PROTECTED" in text


def test_an_empty_report_says_so() -> None:
    empty = summarize([], *SPAN, BERLIN)
    assert "nothing to report" in "\n".join(report_lines(empty))
    assert "Nothing to report" in report_page(empty)


def test_the_page_says_at_a_glance_who_is_not_protected() -> None:
    rows = [row(), row(device=DeviceId("hall"), name="Hall", **WATCHED)]
    page = report_page(summarize(rows, *SPAN, BERLIN))
    assert "<td>Hall: <b class=alarm>NOT protected</b></td>" in page
    assert "<td>Kitchen Echo</td>" in page


def test_the_page_escapes_what_strangers_write() -> None:
    page = report_page(summarize([row(endpoint="<script>x</script>", name="A & B")], *SPAN, BERLIN))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "A &amp; B" in page
