"""What a policy says of its devices, as the engine and the gate take it."""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Final

from hushgate.core.decisions import Standing
from hushgate.core.link import Snapshot
from hushgate.core.model import DeviceId, Mac, Reason
from hushgate.core.policy import OnBlock, Policy
from hushgate.core.settings import GatewaySettings
from hushgate.core.wiring import Wiring

FOREVER: Final = 86_400.0
"""Seconds that stand for "no end in sight"; the gate asks again long before."""


def standing_of(policy: Policy, device: DeviceId, at: datetime) -> Standing:
    """Return what is in force for a configured device at a moment, and in which manner."""
    ruling = policy.ruling(device, at)
    rules = policy.devices[device]
    return Standing(
        voice=ruling.voice,
        reason=ruling.reason,
        hard_edge=rules.hard_edge,
        grace=rules.grace,
        delay_limit=rules.delay_limit,
        quiet=rules.on_block is OnBlock.QUIET,
        upload_budget=rules.upload_budget,
        strict=rules.strict,
        is_paused=ruling.reason is Reason.OVERRIDE_PAUSED,
    )


def snapshot_of(
    policy: Policy,
    wiring: Wiring,
    at: datetime,
    roles: Mapping[str, str] | None = None,
    listed: Container[DeviceId] = (),
    routers: tuple[Mac, ...] = (),
) -> Snapshot:
    """Return what the gate must know at a moment.

    Args:
        policy: What is in force.
        wiring: How the gateway is wired.
        at: The moment.
        roles: Of endpoints, by pattern of their names.
        listed: Devices that lists speak of; those rest while protection is paused.
        routers: Others that are meant to be in the LAN.
    """
    speakers: list[Mac] = []
    addresses: list[str] = []
    open_for: dict[str, float] = {}
    by_list: list[str] = []
    for device in policy.devices.values():
        speakers.extend(device.macs)
        addresses.extend(device.addresses)
        ruling = policy.ruling(device.id, at)
        if device.id in listed and ruling.reason is not Reason.OVERRIDE_PAUSED:
            by_list += (*device.macs, *device.addresses)
        if ruling.voice.passes:
            left = (ruling.until - at).total_seconds() if ruling.until else FOREVER
            open_for.update(dict.fromkeys((*device.macs, *device.addresses), left))
    return Snapshot(
        policy.revision,
        tuple(speakers),
        open_for,
        wiring,
        tuple(addresses),
        roles or {},
        tuple(by_list),
        routers,
    )


def wiring_of(gateway: GatewaySettings) -> Wiring:
    """Return how the configuration wires the gateway, as kernel and gate take it."""
    return Wiring(gateway.proxy_port, gateway.dns_port, gateway.queue_number, gateway.mark_bits)


def seed_of(policy: Policy, wiring: Wiring) -> Snapshot:
    """Return what the gate must know before the addon is up: who is shut."""
    macs = tuple(mac for device in policy.devices.values() for mac in device.macs)
    addresses = tuple(address for device in policy.devices.values() for address in device.addresses)
    return Snapshot(0, macs, {}, wiring, addresses)
