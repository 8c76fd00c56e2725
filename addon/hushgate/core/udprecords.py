"""What ledger and metrics say of a UDP flow that never met the proxy."""

from typing import Final

from hushgate.core.decisions import Standing
from hushgate.core.model import (
    DeviceId,
    FlowKey,
    Instant,
    Judgement,
    Likeness,
    Transport,
    Verdict,
)
from hushgate.core.records import Kind, Record
from hushgate.core.udpflows import Sort, UdpFlow

_KINDS: Final = {
    Sort.CALL: Kind.UTTERANCE,
    Sort.OTHER: Kind.UPLOAD,
    Sort.QUIC: Kind.BURST,
    Sort.SPOKE: Kind.UTTERANCE,
}


def record_of(
    flow: UdpFlow, device: DeviceId, standing: Standing, role: str, now: Instant
) -> Record | None:
    """Return what ledger and metrics say of a flow; None: the kernel's counter says enough.

    A call is an upload with the shape of speech. A refused QUIC flow is no loss of anything: the
    speaker says the same over TCP a moment later.
    """
    if flow.sort is Sort.QUIC and not flow.passed:
        return None
    kind = Kind.BURST if flow.passed and flow.sort is Sort.OTHER else _KINDS[flow.sort]
    judgement = None
    if flow.sort is Sort.CALL:
        evidence = f"{flow.packets} packets, the first of them STUN or RTP"
        judgement = Judgement(Likeness.SPEECH, "call", evidence, now)
    elif flow.sort is Sort.SPOKE:
        evidence = f"{flow.size:,} bytes in {flow.packets} packets, to a server of media; ended"
        judgement = Judgement(Likeness.SPEECH, "media-upload", evidence, now)
    return Record(
        kind=kind,
        start=Instant(now - flow.ago - flow.seconds),
        seconds=flow.seconds,
        device=device,
        endpoint=f"{flow.name or flow.server}:{flow.server_port}",
        role=role,
        transport=Transport.UDP,
        size=flow.size,
        left=flow.size if flow.passed else 0,
        voice=standing.voice,
        verdict=Verdict.ACCEPT if flow.passed else Verdict.REJECT,
        reason=standing.reason,
        judgement=judgement,
        held_seconds=0.0,
        size_at_judgement=flow.size,
        flow=FlowKey(
            device, Transport.UDP, flow.client, flow.client_port, flow.server, flow.server_port
        ),
    )
