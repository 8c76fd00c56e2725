"""A week on the wall, as minutes, text and SVG."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from hushgate.config import parse_config
from hushgate.core.model import DeviceId
from hushgate.core.overrides import Override, Wish
from hushgate.core.policy import Policy
from hushgate.core.schedule import is_open
from hushgate.core.week import ASCII, draw_svg, draw_text, open_spans, paint_week
from tests.core.clockwork import local

KITCHEN = DeviceId("kitchen")


def policy(windows: str) -> Policy:
    text = (
        "schema_version: 1\nhouse: {zone: Europe/Berlin}\n"
        f"speakers: {{kitchen: {{mac: fc:65:de:10:00:01, windows: [{windows}]}}}}\n"
    )
    return parse_config(text, Path("test.yaml")).policy


def test_a_week_is_drawn_day_by_day_with_the_tail_on_the_next_day() -> None:
    week = paint_week(policy("mon-fri 07:00-22:00, sat 20:15-02:00"), KITCHEN, date(2026, 11, 5))
    assert list(draw_text(week, ASCII)) == [
        "           0     3     6     9     12    15    18    21    24",
        "thu 05.11. ..............##############################....",
        "fri 06.11. ..............##############################....",
        "sat 07.11. ........................................+#######",
        "sun 08.11. ####............................................",
        "mon 09.11. ..............##############################....",
        "tue 10.11. ..............##############################....",
        "wed 11.11. ..............##############################....",
    ]


def test_the_day_of_the_skipped_hour_shows_it_closed() -> None:
    week = paint_week(policy("always"), KITCHEN, date(2026, 3, 29), days=1)
    assert (
        list(draw_text(week, ASCII))[1]
        == "sun 29.03. ####..##########################################"
    )


def test_the_day_of_the_repeated_hour_has_twenty_four_hours() -> None:
    week = paint_week(policy("always"), KITCHEN, date(2026, 10, 25), days=1)
    assert list(draw_text(week, ASCII))[1] == "sun 25.10. " + "#" * 48


def test_an_override_is_in_the_drawing() -> None:
    since = local("2026-11-03 08:00")
    block = Override(KITCHEN, Wish.BLOCK, since, since + timedelta(hours=2), by="test", id="1")
    week = paint_week(policy("always").with_overrides([block]), KITCHEN, date(2026, 11, 3), days=1)
    assert list(draw_text(week, ASCII))[1] == "tue 03.11. " + "#" * 16 + "...." + "#" * 28


def test_a_pause_is_drawn_as_a_pause_in_and_outside_the_windows() -> None:
    since = local("2026-11-03 06:00")
    pause = Override(None, Wish.PAUSE, since, since + timedelta(hours=2), by="test", id="1")
    paused = policy("07:00-09:00").with_overrides([pause])
    week = paint_week(paused, KITCHEN, date(2026, 11, 3), days=1)
    assert list(draw_text(week, ASCII))[1] == "tue 03.11. " + "." * 12 + "PPPP" + "##" + "." * 30
    assert week.days[0].paused
    assert ">NOT protecting: paused 06:00-08:00<" in draw_svg([("Kitchen", week)])
    assert list(open_spans(paused, KITCHEN, since, local("2026-11-04 00:00"))) == [
        (since, local("2026-11-03 08:00"), True),
        (local("2026-11-03 08:00"), local("2026-11-03 09:00"), False),
    ]


@given(
    st.sampled_from(["mon-fri 07:00-22:00", "daily 22:10-01:20, sun 2:15-2:45", "always", ""]),
    st.dates(date(2026, 1, 1), date(2027, 12, 1)),
)
def test_each_minute_drawn_is_open_when_the_wall_shows_it(windows: str, first: date) -> None:
    plan = policy(windows)
    schedule = plan.devices[KITCHEN].schedule
    for day in paint_week(plan, KITCHEN, first, days=2).days:
        for minute in range(0, 1440, 35):
            wall = datetime(day.date.year, day.date.month, day.date.day) + timedelta(minutes=minute)
            passes = [wall.replace(tzinfo=schedule.zone, fold=fold) for fold in (0, 1)]
            exists = (
                passes[0].astimezone(UTC).astimezone(schedule.zone).replace(tzinfo=None) == wall
            )
            expected = exists and any(is_open(schedule, at) for at in passes)
            assert bool(day.minutes[minute]) is expected


def test_spans_are_cut_to_what_was_asked_for() -> None:
    start, end = local("2026-11-03 12:00"), local("2026-11-04 08:00")
    assert list(open_spans(policy("mon-fri 07:00-22:00"), KITCHEN, start, end)) == [
        (start, local("2026-11-03 22:00"), False),
        (local("2026-11-04 07:00"), end, False),
    ]


def test_the_svg_holds_each_open_run_and_escapes_titles() -> None:
    week = paint_week(policy("daily 07:00-12:00, daily 14:00-24:00"), KITCHEN, date(2026, 11, 3))
    root = ElementTree.fromstring(draw_svg([("Tom & <Jerry>", week)]))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    spans = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
    assert texts[0] == "Tom & <Jerry>"
    assert spans[:2] == ["voice allowed 07:00-12:00", "voice allowed 14:00-24:00"]
    assert len(spans) == 14
