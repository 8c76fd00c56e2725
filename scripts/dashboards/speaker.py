"""Everything about one speaker."""

from scripts.dashboards.board import dashboard, label_variable
from scripts.dashboards.fields import (
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    RED,
    Json,
    override_like,
    shades,
    steps,
    values,
)
from scripts.dashboards.outcomes import hours_and_utterances
from scripts.dashboards.panels import BAR, Panel, Query, bars, counts, heatmap, lines, stat

_HERE = 'HERE, device=~"$device"'

_BY_OUTCOME = [
    override_like("^accept", color=shades(GREEN)),
    override_like("^accept: .*(closed|no-schedule|clock)", color=shades(ORANGE)),
    override_like("^(drop|reject)", color=shades(BLUE)),
]
_LEFT_OR_KEPT = [
    override_like("^left", color=shades(GREEN)),
    override_like("^kept", color=shades(BLUE)),
]


def speaker() -> Json:
    """Give the dashboard of one speaker."""
    return dashboard(
        "hushgate-speaker",
        "hushgate: one speaker",
        "What one speaker may do now, what it did, and how long its bytes were held.",
        [*_now(), hours_and_utterances(_HERE, height=4), *_voice(), *_everything_else()],
        variables=[label_variable("device", "Speaker", "hushgate_voice_allowed", multi=False)],
    )


def _now() -> list[Panel]:
    return [
        stat(
            "Voice now",
            "What is in force for this speaker's voice.",
            f"max by (state) (hushgate_voice_state{{{_HERE}}} == 1)",
            width=5,
            legend="{{state}}",
            thresholds=steps(BLUE),
        ),
        stat(
            "Changes",
            "When that changes by itself.",
            f"1000 * (min(hushgate_voice_next_change_timestamp_seconds{{{_HERE}}}) > 0)",
            width=5,
            unit="dateTimeFromNow",
            noValue="not soon",
            thresholds=steps(GRAY),
        ),
        stat(
            "Override",
            "Whether an allow or block by the owner is in force.",
            f"max(hushgate_override_active{{{_HERE}}})",
            thresholds=steps(GRAY),
            mappings=[values({0: ("none", GRAY), 1: ("in force", ORANGE)})],
        ),
        stat(
            "Left though blocked",
            "Bytes of utterances that left while voice was blocked. Must be 0.",
            f"sum(increase(hushgate_unallowed_speech_bytes_total{{{_HERE}}}[$__range]))",
            width=5,
            unit="bytes",
            decimals=0,
            thresholds=steps(GRAY, (1, RED)),
            loud=True,
        ),
        stat(
            "Connections",
            "Open connections through the gateway.",
            f"sum(hushgate_flows{{{_HERE}}})",
            width=5,
            thresholds=steps(GRAY),
        ),
    ]


def _voice() -> list[Panel]:
    seen = f"hushgate_utterance_bytes_total{{{_HERE}}}"
    left = f"hushgate_utterance_left_bytes_total{{{_HERE}}}"
    buckets = f"hushgate_hold_seconds_bucket{{{_HERE}}}"
    return [
        bars(
            "Utterances",
            "Number of utterances, by what was done with them and why.",
            [
                Query(
                    counts("verdict, reason", f"hushgate_utterances_total{{{_HERE}}}"),
                    "{{verdict}}: {{reason}}",
                )
            ],
            overrides=_BY_OUTCOME,
        ),
        bars(
            "Bytes of utterances",
            "Bytes of utterances that left, and those that did not, by role of the endpoint.",
            [
                Query(counts("role", left), "left: {{role}}"),
                Query(
                    f"sum by (role) (increase({seen}[$__rate_interval]))"
                    f" - sum by (role) (increase({left}[$__rate_interval])) > 0",
                    "kept: {{role}}",
                ),
            ],
            unit="bytes",
            overrides=_LEFT_OR_KEPT,
        ),
        heatmap(
            "How long bytes were held",
            "Longest wait of a byte, per upload: at first for the judge, then for the owner.",
            Query(
                f"sum by (le) (increase({buckets}[$__rate_interval]))", "{{le}}", format="heatmap"
            ),
            unit="s",
        ),
        lines(
            "Hold, 95th percentile",
            "19 of 20 uploads were held no longer than this.",
            [
                Query(
                    "histogram_quantile(0.95, sum by (le, outcome)"
                    f" (rate({buckets}[$__rate_interval])))",
                    "{{outcome}}",
                )
            ],
            unit="s",
            interval=BAR,
            noValue="nothing was held in this time",
        ),
    ]


def _everything_else() -> list[Panel]:
    payload = f"hushgate_payload_bytes_total{{{_HERE}}}"
    return [
        lines(
            "Payload",
            "All payload of the speaker's connections: voice, music, updates, everything.",
            [
                Query(
                    f"sum by (direction) (rate({payload}[$__rate_interval]))",
                    "{{direction}}",
                )
            ],
            unit="Bps",
        ),
        lines(
            "Budget used",
            "What left that was no speech while voice could not leave, of what a speaker at rest"
            " needs. Above 100 % it may be speech in small portions.",
            [Query(f"max by (device) (hushgate_budget_used_ratio{{{_HERE}}})", "{{device}}")],
            unit="percentunit",
            max=1.2,
            thresholds=steps(GREEN, (1, RED)),
            custom={"thresholdsStyle": {"mode": "dashed"}},
        ),
        bars(
            "Other uploads that passed",
            "Bytes of uploads without the shape of speech that left, by role of the endpoint.",
            [
                Query(counts("role", f"hushgate_burst_left_bytes_total{{{_HERE}}}"), "{{role}}"),
            ],
            unit="bytes",
            width=8,
        ),
        bars(
            "Other uploads refused",
            "Number of uploads without the shape of speech that were refused or ended.",
            [Query(counts("reason", f"hushgate_uploads_total{{{_HERE}}}"), "{{reason}}")],
            width=8,
        ),
        bars(
            "Allows and blocks by the owner",
            "How often the owner allowed or blocked this speaker for a while.",
            [Query(counts("action", f"hushgate_overrides_total{{{_HERE}}}"), "{{action}}")],
            width=8,
        ),
    ]
