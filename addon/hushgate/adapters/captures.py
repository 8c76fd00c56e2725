"""Captures (pcap, pcapng) → traces, for replay and evaluation.

In: a path. Out: sizes, directions, TLS record lengths and names of what a device sent and got.
Rules:
- A capture is read twice and never held in memory: to see who is who, then for the events.
- Without ``device`` the trace is about the host of the LAN that uploaded most.
- What cannot be read is left out and said in ``Trace.complaints``.
What counts as an event, and how names are found, is said in core.follow.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from hushgate.adapters.pcapfile import read_packets
from hushgate.core.errors import Complaint, ConfigError
from hushgate.core.follow import Follower
from hushgate.core.lan import Lan, mac_text
from hushgate.core.model import Instant, Mac
from hushgate.core.trace import Trace, TraceEvent
from hushgate.wire import ip
from hushgate.wire.errors import WireError

_NOT_CAPTURED = b"\xff"
"""Stands for bytes that were sent but cut off by the capture: no record header contains it."""


class Sighting(NamedTuple):
    """One IP packet of a capture."""

    at: int
    """Nanoseconds since 1970."""
    source: Mac | None
    """Hardware address of the sender, where the capture has them."""
    packet: ip.Packet
    payload: bytes
    """As long as it was sent; what the capture cut off is filled in."""


class Neighbor(NamedTuple):
    """The sender of an ARP message."""

    at: int
    mac: Mac
    address: bytes


class Outline(NamedTuple):
    """What a capture shows at a glance."""

    lan: Lan
    """Who is who, whatever the order of the packets."""
    started: int
    """Nanoseconds since 1970."""
    uploads: Counter[str]
    """Bytes of payload by device."""


def read_sightings(path: Path, complaints: list[str]) -> Iterator[Sighting]:
    """Yield the IP packets of a capture; what cannot be read is counted and said.

    Raises:
        ConfigError: The file is no capture.
    """
    return (sighting for sighting in read_all(path, complaints) if isinstance(sighting, Sighting))


def read_all(path: Path, complaints: list[str]) -> Iterator[Sighting | Neighbor]:
    """Yield the IP packets and the ARP messages of a capture.

    Raises:
        ConfigError: The file is no capture, or nothing in it can be read.
    """
    count, first_error, is_readable = 0, None, False
    for at, link_type, data in read_packets(path, complaints):
        try:
            link = ip.decode_link(data, link_type)
            is_readable = True
            if link is not None and link.kind == ip.ARP:
                if sender := ip.decode_arp(data, link.at):
                    yield Neighbor(at, mac_text(sender[0]), sender[1])
                continue
            if link is None or link.kind not in (ip.IPV4, ip.IPV6):
                continue
            packet = ip.decode_packet(data, link.at)
        except WireError as error:
            count, first_error = count + 1, first_error or str(error)
            continue
        if packet is None:
            count, first_error = count + 1, first_error or "cut off before the ports"
            continue
        payload = data[packet.at : packet.at + packet.size]
        payload += _NOT_CAPTURED * (packet.size - len(payload))
        yield Sighting(at, mac_text(link.source) if link.source else None, packet, payload)
    if first_error and not is_readable:
        raise ConfigError(Complaint(f"no packet can be read: {first_error}", str(path)))
    if first_error:
        complaints.append(f"{path}: {count} packets could not be read; the first: {first_error}")


def open_capture(path: Path, device: str | None = None) -> Iterator[Trace]:
    """Give the trace of a device in a capture; none where no host of the LAN uploaded anything.

    Args:
        path: A pcap or pcapng file.
        device: Hardware or IP address of the device.

    Raises:
        ConfigError: The file is no capture, or the device is not in it.
    """
    outline = read_outline(path)
    uploads = outline.uploads
    if device is not None:
        wanted = _find_device(outline.lan, uploads, device)
        if wanted is None:
            seen = ", ".join(name for name, _ in uploads.most_common(8)) or "none"
            message = f"no device {device} in this capture; uploads come from: {seen}"
            raise ConfigError(Complaint(message, str(path)))
    elif uploads:
        wanted = uploads.most_common(1)[0][0]
    else:
        return
    yield trace_of(path, outline, wanted)


def trace_of(path: Path, outline: Outline, device: str) -> Trace:
    """Give the trace of a device, as the outline names it."""
    follower = Follower(outline.lan, device)
    complaints: list[str] = []
    return Trace(
        path=str(path),
        source="capture",
        device=device,
        label="unlabelled",
        events=_read_events(path, follower, complaints),
        started=_date(outline.started),
        names=follower.names,
        complaints=complaints,
    )


def _date(at: int) -> datetime | None:
    """Give the date of a time stamp; None: damaged, since no calendar has it."""
    try:
        return datetime.fromtimestamp(at / 1e9, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def read_outline(path: Path) -> Outline:
    """Read a capture for who is who, when it began and how much each device uploaded.

    Raises:
        ConfigError: The file is no capture.
    """
    lan = Lan()
    uploads = Counter[str]()
    started = 0
    for seen in read_all(path, []):
        started = started or seen.at
        if isinstance(seen, Neighbor):
            lan.see(seen.mac, seen.address)
            continue
        lan.see_packet(seen.source, seen.packet)
        passage = lan.passage_of(seen.packet)
        if passage and passage.is_upload:
            uploads[passage.device] += seen.packet.size
    return Outline(lan, started, +uploads)


def _find_device(lan: Lan, uploads: Counter[str], device: str) -> str | None:
    wanted = device.lower()
    return next(
        (name for name in uploads if wanted == name or wanted in lan.addresses_of(name)), None
    )


def _read_events(path: Path, follower: Follower, complaints: list[str]) -> Iterator[TraceEvent]:
    """Read a capture for what one device sent and got."""
    first = None
    for at, _, packet, payload in read_sightings(path, complaints):
        first = at if first is None else first
        event = follower.follow(packet, payload, Instant((at - first) / 1e9))
        if event is not None:
            yield event
