"""How the gateway is wired: ports, queue and marks, and how the kernel hands packets over.

Values that the table, the gate and the link between gate and addon agree on.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class QueueKind(StrEnum):
    """How this kernel hands packets to the gate."""

    NFT = "nft"
    """The queue statement of nftables."""
    XT = "xt"
    """The NFQUEUE target of iptables inside our chain, for kernels without the statement."""
    NONE = "none"
    """Not at all: QUIC is refused also while voice is allowed, other UDP passes unseen then."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """How the gateway is wired."""

    proxy_port: int = 8443
    """Where the proxy takes the speakers' TCP connections."""
    dns_port: int = 8453
    """Where it takes their DNS questions."""
    queue_number: int = 4853
    mark_bits: int = 0x30000000
    """Bits of packet and connection marks that are ours; the lowest two are used."""

    def __post_init__(self) -> None:
        if self.mark_bits.bit_count() < 2:
            raise ValueError(f"mark_bits must have two bits at least, not {self.mark_bits:#x}")

    @property
    def asked(self) -> int:
        """Mark of a packet that is on its way to the gate."""
        return self.mark_bits & -self.mark_bits

    @property
    def decided(self) -> int:
        """Mark of a packet, and of a connection, that the gate has decided about."""
        return (self.mark_bits ^ self.asked) & -(self.mark_bits ^ self.asked)


DEFAULT_WIRING: Final = Wiring()
