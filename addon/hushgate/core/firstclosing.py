"""Before voice is closed for the first time: who would be missed when somebody calls for help.

In: the policy and a moment. Out: the speaker whose voice is closed next, since or from when, and a
warning about it. A speaker that may not send voice can call nobody, and nobody can drop in on it.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from hushgate.core.model import DeviceId, Outside
from hushgate.core.policy import Policy
from hushgate.core.words import moment

HORIZON: Final = timedelta(days=8)
"""A closing that is further away is no matter yet."""


class Closing(NamedTuple):
    """The moment from which on a device's voice may not leave."""

    at: datetime
    device: DeviceId


def next_closing(policy: Policy, at: datetime) -> Closing | None:
    """The first closing from a moment on; one that is closed already counts as closing then."""
    closings = ((_closes(policy, device, at), device) for device in policy.devices)
    found = (Closing(when, device) for when, device in closings if when is not None)
    return min(found, default=None)


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
    """Say what the owner should think of before a speaker is closed, and the ways to exempt it."""
    device = closing.device
    return (
        f"from {moment(closing.at.astimezone(zone))} on {device} can neither call for help nor be"
        " called (drop-in) outside its hours; never close it:"
        f" hushgate set {device}.windows always; open it once: hushgate allow {device} 20m"
    )
