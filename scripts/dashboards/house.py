"""What the owner looks at: when did the speakers listen, and was it stopped?"""

from scripts.dashboards.board import constant, dashboard, text_variable
from scripts.dashboards.fields import (
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    RED,
    YES_NO,
    Json,
    fixed,
    override,
    steps,
    values,
)
from scripts.dashboards.outcomes import (
    OUTCOME_COLORS,
    allowed,
    hours_and_utterances,
    observed,
    stopped,
)
from scripts.dashboards.panels import (
    GUARDED,
    WIDTH,
    Panel,
    Query,
    bars,
    counts,
    now,
    organize,
    sort_by,
    stat,
    table,
)

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def house() -> Json:
    """Give the overview of all speakers."""
    return dashboard(
        "hushgate-house",
        "hushgate: house",
        "When the speakers of this house sent voice, and what became of it.",
        [
            stat(
                "Guarded",
                "yes while `hushgate status` says guarding; it names what is wrong otherwise.",
                GUARDED,
                thresholds=steps(RED),
                mappings=[YES_NO],
                loud=True,
            ),
            stat(
                "Left though blocked",
                "Bytes of utterances that left while voice was blocked. Must be 0.",
                "sum(increase(hushgate_unallowed_speech_bytes_total{HERE}[$__range]))",
                unit="bytes",
                decimals=0,
                thresholds=steps(GRAY, (1, RED)),
                loud=True,
            ),
            _sum(
                "Utterances stopped",
                "Utterances outside the speakers' hours, of which nothing was to leave.",
                stopped("HERE"),
                steps(BLUE),
            ),
            _sum(
                "Utterances allowed",
                "Utterances within the hours, or that the owner let go.",
                allowed("HERE"),
                steps(GRAY, (1, GREEN)),
            ),
            _sum(
                "Only observed, left",
                "Utterances outside the hours of speakers in observe: NOT protected.",
                observed("HERE"),
                steps(GRAY, (1, ORANGE)),
            ),
            _sum(
                "Accidental wake-ups",
                "Utterances that probably nobody meant for the speaker: an estimate.",
                "hushgate_accidental_utterances_total{HERE}",
                steps(GRAY, (5, ORANGE)),
            ),
            hours_and_utterances("HERE", height=7),
            bars(
                "Utterances",
                "Number of utterances, by what became of them.",
                [
                    Query(f"sum({counts('verdict', selector('HERE'))})", name)
                    for name, selector in _OUTCOMES.items()
                ],
                width=6,
                overrides=[
                    override(name, color=fixed(color)) for name, color in OUTCOME_COLORS.items()
                ],
            ),
            bars(
                "Speech",
                "Estimated seconds somebody spoke, by speaker; stopped or not.",
                [Query(counts("device", "hushgate_speech_seconds_total{HERE}"), "{{device}}")],
                width=6,
                unit="s",
            ),
            _last_utterances(),
            _hours_of_week(),
        ],
        variables=[constant("step", "5m"), text_variable("utc_offset", "Hours from UTC", "0")],
    )


_OUTCOMES = {"stopped": stopped, "allowed": allowed, "only observed": observed}


def _sum(title: str, description: str, selector: str, thresholds: Json) -> Panel:
    return stat(
        title,
        description,
        f"sum(increase({selector}[$__range]))",
        decimals=0,
        thresholds=thresholds,
    )


def _last_utterances() -> Panel:
    here = "${datasource:queryparam}&${job:queryparam}&${instance:queryparam}"
    return table(
        "Last utterances",
        "When each speaker last sent voice, by outcome; how often in the chosen time, and how much"
        " left. Single utterances: hushgate log.",
        [
            now(
                "1000 * max by (device, verdict)"
                " (hushgate_last_utterance_timestamp_seconds{HERE} > 0)"
            ),
            now("sum by (device, verdict) (increase(hushgate_utterances_total{HERE}[$__range]))"),
            now(
                "sum by (device, verdict)"
                " (increase(hushgate_utterance_left_bytes_total{HERE}[$__range]))"
            ),
        ],
        transformations=[
            {"id": "merge", "options": {}},
            organize(
                ["Time"],
                {
                    "device": "Speaker",
                    "verdict": "Outcome",
                    "Value #A": "Last",
                    "Value #B": "Number",
                    "Value #C": "Left",
                },
            ),
            sort_by("Last", descending=True),
        ],
        overrides=[
            override("Last", unit="dateTimeFromNow", custom__width=130),
            override("Number", unit="short", decimals=0, custom__width=70),
            override("Left", unit="bytes", decimals=0, custom__width=75, noValue="0 B"),
            override(
                "Outcome",
                mappings=[
                    {
                        "type": "value",
                        "options": {
                            "accept": {"text": "left", "color": GREEN, "index": 0},
                            "drop": {"text": "stopped", "color": BLUE, "index": 1},
                            "reject": {"text": "refused", "color": BLUE, "index": 2},
                        },
                    }
                ],
                custom__width=90,
                custom__cellOptions={"type": "color-text"},
            ),
            override(
                "Speaker",
                links=[
                    {
                        "title": "This speaker",
                        "url": "/d/hushgate-speaker?var-device=${__value.text}"
                        f"&{here}&${{__url_time_range}}",
                    }
                ],
            ),
        ],
    )


def _hours_of_week() -> Panel:
    local = "vector(time() + 3600 * $utc_offset)"
    hour = f'label_replace(count_values("hour", hour({local})), "hour", "0$1", "hour", "(.)")'
    day = f'count_values("day", (day_of_week({local}) + 6) % 7)'
    return table(
        "Utterances by hour of the week",
        "Rows: day. Columns: hour, in UTC plus the offset given on top. hushgate report has the"
        " same on the clock of the house, for any week.",
        [
            now(
                "sum_over_time((sum(increase(hushgate_utterances_total{HERE}[$step]))"
                f" * on () group_left (hour) {hour} * on () group_left (day) {day})"
                "[$__range:$step])"
            )
        ],
        width=WIDTH,
        height=9,
        span="7d",
        transformations=[
            sort_by("hour"),
            {
                "id": "groupingToMatrix",
                "options": {
                    "columnField": "hour",
                    "rowField": "day",
                    "valueField": "Value",
                    "emptyValue": "zero",
                },
            },
            sort_by("day\\hour"),
        ],
        overrides=[
            override(
                "day\\hour",
                displayName="Day",
                custom__cellOptions={"type": "auto"},
                custom__width=95,
                custom__align="left",
                mappings=[values({number: (day, "text") for number, day in enumerate(_DAYS)})],
            )
        ],
        custom={
            "align": "center",
            "minWidth": 50,
            "cellOptions": {"type": "color-background", "mode": "basic"},
        },
        color={"mode": "continuous-blues"},
        mappings=[values({0: ("·", "transparent")})],
        decimals=0,
        min=0,
    )
