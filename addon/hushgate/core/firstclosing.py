"""Before voice is closed for the first time: who would be missed when somebody calls for help.

In: the policy and a moment. Out: the speakers whose voice is closed next, from when on, and a
warning about them. A speaker that may not send voice can call nobody, and nobody can drop in on it.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from hushgate.core.model import DeviceId, Outside
from hushgate.core.policy import Policy
from hushgate.core.words import listing, moment

HORIZON: Final = timedelta(days=8)
"""A closing that is further away is no matter yet."""


class Closing(NamedTuple):
    """The moment from which on the voice of some devices may not leave."""

    at: datetime
    devices: tuple[DeviceId, ...]
    """In the order of the policy."""


def next_closing(policy: Policy, at: datetime) -> Closing | None:
    """The first closing from a moment on; one that is closed already counts as closing then."""
    closings = {device: _closes(policy, device, at) for device in policy.devices}
    first = min((when for when in closings.values() if when is not None), default=None)
    if first is None:
        return None
    return Closing(first, tuple(device for device, when in closings.items() if when == first))


def _closes(policy: Policy, device: DeviceId, at: datetime) -> datetime | None:
    if policy.devices[device].outside is Outside.OBSERVE:
        return None  # whatever comes, it passes
    when = at
    while (ruling := policy.ruling(device, when)).voice.passes:
        if ruling.until is None or ruling.until - at > HORIZON:
            return None
        when = ruling.until
    return when


def warn_of(closing: Closing, zone: ZoneInfo) -> str:
    """Say what the owner should think of before speakers are closed, and the ways to exempt one."""
    one = closing.devices[0]
    whose = "its" if len(closing.devices) == 1 else "their"
    return (
        f"from {moment(closing.at.astimezone(zone))} on {listing(closing.devices)} can neither call"
        f" for help nor be called (drop-in) outside {whose} hours; never close {one}:"
        f" hushgate set {one}.windows always; open it once: hushgate allow {one} 20m"
    )
