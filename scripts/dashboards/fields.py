"""How a value looks: its color, its words, its thresholds; and the exceptions for single fields."""

from collections.abc import Mapping
from typing import Any

type Json = dict[str, Any]

GREEN, BLUE, ORANGE, RED, GRAY, DARK = (
    "semi-dark-green",
    "semi-dark-blue",
    "semi-dark-orange",
    "dark-red",
    "#8e8e99",
    "#3a3b42",
)
"""Everywhere green is allowed or well, blue stopped, orange needs a look, red must not be."""

Look = tuple[str, str]
"""A text and its color."""


def values(meanings: Mapping[int, Look]) -> Json:
    """Map numbers to words and colors."""
    return {
        "type": "value",
        "options": {
            str(number): _result(look, index)
            for index, (number, look) in enumerate(meanings.items())
        },
    }


def between(first: int, last: int, text: str, color: str) -> Json:
    """Map a range of numbers to a word and a color."""
    return {
        "type": "range",
        "options": {"from": first, "to": last, "result": _result((text, color), first)},
    }


def _result(look: Look, index: int) -> Json:
    text, color = look
    return {"text": text, "color": color, "index": index}


YES_NO = values({1: ("yes", GREEN), 0: ("NO", RED)})


def steps(base: str, *above: tuple[float, str]) -> Json:
    """Give thresholds: a color below the first, then one from each value on."""
    first: list[Json] = [{"color": base, "value": None}]
    rest: list[Json] = [{"color": color, "value": value} for value, color in above]
    return {"mode": "absolute", "steps": first + rest}


def fixed(color: str) -> Json:
    """Give one color."""
    return {"mode": "fixed", "fixedColor": color}


def shades(color: str) -> Json:
    """Give shades of a color, for several series of one meaning."""
    return {"mode": "shades", "fixedColor": color}


def override(name: str, **properties: Any) -> Json:
    """Change one field; ``custom__align`` stands for ``custom.align``."""
    return _override("byName", name, properties)


def override_like(pattern: str, **properties: Any) -> Json:
    """Change every field whose name fits a regular expression."""
    return _override("byRegexp", f"/{pattern}/", properties)


def _override(matcher: str, options: str, properties: Mapping[str, Any]) -> Json:
    return {
        "matcher": {"id": matcher, "options": options},
        "properties": [
            {"id": key.replace("__", "."), "value": value} for key, value in properties.items()
        ],
    }
