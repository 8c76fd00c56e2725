"""What a look at a speaker in a closed hour proves: did anything leave while somebody spoke?

In: looks at one device, each with what came from it, what waits, and what the kernel says left on
each connection towards the Internet. Out: sums, and one sentence of verdict. Rules:

- What left is the kernel's word alone; what came and what waits is the gateway's.
- Nothing is proven unless something was stopped: the speaker may not have listened.
- A TLS hello is sent before anything is judged and is not among what came: each connection that was
  opened meanwhile is granted one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

HELLO: Final = 2_000
"""Bytes of a hello, generously: with keys that resist quantum computers it has 1,800."""


@dataclass(frozen=True, slots=True)
class Look:
    """One device at one moment. All counts but `held` only grow."""

    seconds: float
    """Since the first look."""
    came: int
    """Payload from the speaker, hellos excepted."""
    let_go: int
    """Those bytes that were judged not to be speech, or were allowed."""
    held: int
    """Bytes that wait now."""
    sent: Mapping[str, int]
    """Bytes that the kernel sent to the Internet, by connection."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What happened between the first look and the last."""

    seconds: float
    came: int
    let_go: int
    held_most: int
    stopped: int
    """Bytes that were dropped, or still wait."""
    sent: int
    """Bytes that left, by the kernel's count."""
    opened: int
    """Connections opened meanwhile."""

    @property
    def holds(self) -> bool:
        """Whether something was stopped and nothing else left than what was let go."""
        return self.stopped > 0 and self.sent <= self.let_go + self.opened * HELLO

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        if not self.stopped:
            return (
                f"Nothing that looks like speech came within {self.seconds:.0f} s"
                f" ({self.came:,} bytes in all): this proves nothing yet, so say the wake word and"
                " a whole sentence."
            )
        if not self.holds:
            return (
                f"NOT proven: {self.sent:,} bytes left the house, more than the {self.let_go:,}"
                " that were no speech."
            )
        return (
            f"Proven: {self.stopped:,} bytes were kept back as speech, and the {self.sent:,} bytes"
            f" that the kernel sent are reports, keep-alives and {self.opened} new connections."
        )

    def to_json(self) -> dict[str, Any]:
        """Give the result as programs read it."""
        return {
            "proven": self.holds,
            "verdict": self.verdict,
            "seconds": round(self.seconds, 1),
            "came": self.came,
            "let_go": self.let_go,
            "held_most": self.held_most,
            "stopped": self.stopped,
            "sent": self.sent,
            "opened": self.opened,
        }


def prove(looks: Sequence[Look]) -> Proof:
    """Sum up looks at one device, in their order; there is at least one."""
    first, last = looks[0], looks[-1]
    came, let_go = last.came - first.came, last.let_go - first.let_go
    before = first.sent
    most: dict[str, int] = {}
    for look in looks:
        most.update(look.sent)
    return Proof(
        seconds=last.seconds - first.seconds,
        came=came,
        let_go=let_go,
        held_most=max(look.held for look in looks),
        stopped=max(0, first.held + came - let_go),
        sent=sum(size - before.get(name, 0) for name, size in most.items()),
        opened=sum(name not in before for name in most),
    )


def shape_of(looks: Sequence[Look]) -> list[dict[str, float]]:
    """Give sizes and times alone: what may be kept to teach the judge."""
    return [
        {
            "seconds": round(look.seconds, 2),
            "came": look.came - looks[0].came,
            "held": look.held,
            "let_go": look.let_go - looks[0].let_go,
        }
        for look in looks
    ]
