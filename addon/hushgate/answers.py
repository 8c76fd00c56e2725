"""What the owner may ask a running gateway, and what it answers."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hushgate import __version__
from hushgate.core.engine import Engine
from hushgate.core.errors import RequestError
from hushgate.core.explain import said_for_a_while
from hushgate.core.link import GateState
from hushgate.core.model import DeviceId, Instant, Reason
from hushgate.core.overrides import Override, Wish, in_force, is_end, parse_end, unexpired
from hushgate.core.pending import Request
from hushgate.core.policy import Policy
from hushgate.core.words import duration, moment, suggest

ALL = "all"
"""Every speaker, where a device is asked for."""


def read_device(request: dict[str, Any], policy: Policy) -> DeviceId | None:
    """Return the speaker that a request is about; None: all of them.

    Raises:
        RequestError: There is no such speaker.
    """
    whom = str(request.get("device", ""))
    if whom == ALL:
        return None
    if whom not in policy.devices:
        speakers = (*policy.devices, ALL)
        raise RequestError(f'there is no speaker "{whom}"{suggest(whom, speakers)}')
    return DeviceId(whom)


def without_overrides(
    request: dict[str, Any], policy: Policy, at: datetime
) -> tuple[Override, ...]:
    """Take back what was allowed, blocked or paused for a while; the windows speak again.

    For one speaker its own overrides go, for all of them every one.

    Raises:
        RequestError: There is no such speaker, or nothing to take back.
    """
    whom = read_device(request, policy)
    before = unexpired(policy.overrides, at)
    after = tuple(each for each in before if whom is not None and each.device != whom)
    if after == before:
        hint = ""
        if any(each.device is None for each in before):
            hint = f'; what is in force was said of all: "hushgate resume {ALL}"'
        raise RequestError(f"nothing was allowed, blocked or paused for {whom or ALL}{hint}")
    return after


def describe_rest(request: dict[str, Any], policy: Policy, at: datetime) -> list[str]:
    """Say what still holds for a speaker for a while, the newest first: it was said of all.

    Raises:
        RequestError: There is no such speaker.
    """
    whom = read_device(request, policy)
    return [] if whom is None else list(said_for_a_while(policy, whom, at))


def make_override(
    request: dict[str, Any], policy: Policy, at: datetime, zone: ZoneInfo
) -> Override:
    """Read the owner's wish to allow or block voice, or to pause protection, for a while.

    Raises:
        RequestError: There is no such speaker, no such wish, or no such length of time.
    """
    whom, end = read_device(request, policy), str(request.get("for", ""))
    wish = str(request.get("wish", ""))
    if wish not in list(Wish):
        raise RequestError(f'"{wish}" cannot be wished{suggest(wish, list(Wish))}')
    try:
        until = parse_end(end, at, zone)
    except ValueError as error:
        raise RequestError(str(error)) from error
    return Override(
        device=whom,
        wish=Wish(wish),
        since=at,
        until=until,
        by=str(request.get("by", "cli")),
        id=secrets.token_hex(4),
        is_span=not is_end(end),
    )


def describe_upload(
    request: dict[str, Any],
    policy: Policy,
    engine: Engine,
    sent: Callable[[DeviceId], dict[str, int]],
    at: datetime,
) -> dict[str, Any]:
    """Say what a speaker has sent so far and what became of it; `sent`: by the kernel's count.

    Raises:
        RequestError: There is no such speaker.
    """
    whom = str(request.get("device", ""))
    if whom not in policy.devices:
        raise RequestError(f'there is no speaker "{whom}"{suggest(whom, tuple(policy.devices))}')
    device = DeviceId(whom)
    ruling = policy.ruling(device, at)
    return {
        "name": policy.devices[device].name,
        "voice": ruling.voice,
        "rule": ruling.rule,
        "came": engine.came[device],
        "let_go": engine.let_go[device],
        "held": engine.held_of(device),
        "sent": sent(device),
    }


def describe_request(
    request: Request, policy: Policy, now: Instant, at: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """Say what waits for the owner, since when, and for how much longer."""
    device = request.flow.device
    rules = policy.devices.get(device)
    since = at - timedelta(seconds=now - request.since)
    return {
        "id": request.number,
        "device": device,
        "name": rules.name if rules is not None else device,
        "since": since.astimezone(zone).isoformat(timespec="seconds"),
        "bytes": request.size,
        "endpoint": request.endpoint,
        "speech_seconds": round(request.speech_seconds, 1),
        "expires_in": round(max(request.expires - now, 0.0), 1),
    }


def describe_status(
    policy: Policy,
    engine: Engine,
    gate: GateState | None,
    problems: Sequence[str],
    *,
    at: datetime,
    since: datetime,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """Say what is in force now, and what is wrong; moments are on the wall clock of the house."""
    return {
        "protecting": not problems,
        "problems": list(problems),
        "warnings": [*_describe_pauses(policy, at, zone), *_describe_warnings(engine)],
        "version": __version__,
        "since": since.astimezone(zone).isoformat(),
        "revision": policy.revision,
        "connections": len(engine.flows()),
        "held_bytes": engine.held,
        "gate": _describe_gate(gate),
        "overrides": [
            describe_override(each, at, zone) for each in unexpired(policy.overrides, at)
        ],
        "devices": [_describe_device(device, policy, at, zone) for device in policy.devices],
    }


def describe_override(override: Override, at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Say what the owner wants for a while, and for how much longer."""
    return {
        "id": override.id,
        "device": override.device or ALL,
        "wish": override.wish,
        "by": override.by,
        "since": override.since.astimezone(zone).isoformat(timespec="seconds"),
        "until": override.until.astimezone(zone).isoformat(timespec="seconds"),
        "seconds_left": max(round((override.until - at).total_seconds()), 0),
    }


def _describe_pauses(policy: Policy, at: datetime, zone: ZoneInfo) -> list[str]:
    """Say whose protection is paused: nobody may forget it."""
    paused = {
        in_force(policy.overrides, device, at)
        for device in policy.devices
        if policy.ruling(device, at).reason is Reason.OVERRIDE_PAUSED
    }
    return [
        f"the protection of {each.device or ALL} is paused until"
        f" {moment(each.until.astimezone(zone))} ({duration(each.until - at)} left); end it now:"
        f" hushgate resume {each.device or ALL}"
        for each in policy.overrides
        if each in paused
    ]


def _describe_warnings(engine: Engine) -> list[str]:
    """Say what looks wrong without being known to be: no reason to call the house unguarded."""
    sends = [
        f"{device} sends more than a speaker at rest does, while its voice is blocked:"
        f" this may be speech in small portions; see: hushgate log --device {device}"
        for device, budget in engine.budgets.items()
        if budget.exceeded
    ]
    asks = [
        f"{device} asks DNS for more than it needs to find its servers, while its voice is blocked:"
        f" names can carry speech, so some are refused; see: hushgate log --device {device}"
        for device, asker in engine.askers.items()
        if asker.exceeded
    ]
    return sends + asks


def _describe_gate(gate: GateState | None) -> dict[str, Any] | None:
    if gate is None:
        return None
    return {
        "pid": gate.pid,
        "revision": gate.revision,
        "reasserted": gate.reasserted,
        "queue": gate.queue,
        "packets": dict(gate.counters),
    }


def _describe_device(
    device: DeviceId, policy: Policy, at: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    ruling, rules = policy.ruling(device, at), policy.devices[device]
    return {
        "id": device,
        "name": rules.name,
        "voice": ruling.voice,
        "reason": ruling.reason,
        "rule": ruling.rule,
        "until": ruling.until.astimezone(zone).isoformat() if ruling.until else None,
        "seconds_left": round((ruling.until - at).total_seconds()) if ruling.until else None,
        "outside": rules.outside,
    }
