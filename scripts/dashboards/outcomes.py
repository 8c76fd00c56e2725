"""Utterances by what became of them: the selectors and states that several dashboards share."""

from scripts.dashboards.fields import BLUE, DARK, GREEN, ORANGE, Json, between, values
from scripts.dashboards.panels import Panel, Query, timeline

_CLOSED = "window-closed|no-schedule|exception-closed|override-closed|clock-untrusted"
"""Reasons for which voice is not allowed; with verdict accept: a speaker that is only observed."""


def stopped(here: str) -> str:
    """Select utterances of which nothing was to leave."""
    return f'hushgate_utterances_total{{{here}, verdict=~"drop|reject"}}'


def allowed(here: str) -> str:
    """Select utterances within the hours, or that the owner let go."""
    return f'hushgate_utterances_total{{{here}, verdict="accept", reason!~"{_CLOSED}"}}'


def observed(here: str) -> str:
    """Select utterances that left outside the hours because the speaker is only observed."""
    return f'hushgate_utterances_total{{{here}, verdict="accept", reason=~"{_CLOSED}"}}'


OUTCOME_COLORS = {"stopped": BLUE, "allowed": GREEN, "only observed": ORANGE}


def hours_and_utterances(here: str, *, height: int) -> Panel:
    """Give the panel of windows against utterances, a line a speaker."""

    def happened(selector: str) -> str:
        return f"(sum by (device) (increase({selector}[$__rate_interval])) > bool 0)"

    return timeline(
        "Hours and utterances",
        "When voice was allowed, when a speaker sent voice, and what became of it.",
        [
            Query(
                f"max by (device) (hushgate_voice_allowed{{{here}}})"
                f" + 10 * {happened(stopped(here))}"
                f" + 20 * {happened(allowed(here))}"
                f" + 40 * {happened(observed(here))}",
                "{{device}}",
            )
        ],
        _STATES,
        height=height,
    )


_STATES: list[Json] = [
    values({0: ("voice blocked", DARK), 1: ("voice allowed", "#2c5a34")}),
    between(10, 11, "stopped", "light-blue"),
    between(20, 21, "left, allowed", "light-green"),
    between(30, 31, "stopped, and left when allowed", "light-purple"),
    between(40, 71, "left, only observed", ORANGE),
]
