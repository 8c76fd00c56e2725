"""Utterances that wait for the owner's word, under `delay`.

In: what the guards hold. Out: requests, and the ones that a word of the owner means. A request is
known by its number: counted from the start of the gateway, so that it can be said aloud and typed
within the seconds that there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hushgate.core.errors import RequestError
from hushgate.core.model import FlowKey, Instant

ALL = "all"


@dataclass(frozen=True, slots=True)
class Request:
    """What one flow holds until the owner answers."""

    number: int
    flow: FlowKey
    endpoint: str
    """``name:port`` of the server it would go to."""
    since: Instant
    """Arrival of its first byte."""
    size: int
    """Bytes that wait."""
    speech_seconds: float
    """Estimate of how long somebody has spoken."""
    expires: Instant
    """It is discarded then."""


def meant(word: str, requests: Sequence[Request]) -> Sequence[Request]:
    """Return the requests that a word means: a number, a device, ``all``; "": the only one.

    Raises:
        RequestError: none waits, or it is not clear which one is meant.
    """
    if not requests:
        raise RequestError("nothing waits for your answer")
    numbers = " or ".join(str(each.number) for each in requests)
    if not word and len(requests) > 1:
        raise RequestError(f"say which one: {numbers}, or {ALL}")
    if word in ("", ALL):
        return requests
    found = [each for each in requests if word == str(each.number)]
    found = found or [each for each in requests if word == each.flow.device]
    if not found:
        raise RequestError(f'nothing that waits is called "{word}"; waiting: {numbers}')
    return found
