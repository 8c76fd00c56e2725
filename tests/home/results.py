"""What a scene showed: the bytes, what should have been otherwise, and a line for the table."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.home.evidence import Account
from tests.home.session import Session

_LATE = 0.1
"""Seconds of delay in a speaker of ours from which it no longer speaks as in the recording."""

NAMES = {
    1: "window open: voice passes",
    2: "window closed, block: voice stays",
    3: "window closed, delay: voice waits",
    4: "observe: voice passes and is recorded",
    5: "window closes: next command stays",
    6: "connected before the start: voice stays",
    7: "music plays on through scenes 2 and 3",
    8: "the neighbor's traffic is left alone",
}


@dataclass(slots=True)
class Result:
    """What one scene showed."""

    number: int
    account: Account = field(default_factory=Account)
    shown: list[str] = field(default_factory=list)
    """What a person wants to know besides the byte counts."""
    missed: list[str] = field(default_factory=list)
    """What should have been otherwise about the bytes; empty: passed."""
    slow: list[str] = field(default_factory=list)
    """The same about times and speeds, which depend on the machine."""

    @property
    def name(self) -> str:
        """What the scene is about."""
        return NAMES[self.number]

    @property
    def passed(self) -> bool:
        """Whether everything was as it should be."""
        return not (self.missed or self.slow)

    @property
    def detail(self) -> str:
        """One line for the table."""
        return "; ".join([*self.missed, *self.slow, *self.shown])

    def expect(self, truth: bool, otherwise: str) -> None:
        """Note a sentence unless something is true."""
        if not truth:
            self.missed.append(otherwise)

    def expect_speed(self, truth: bool, otherwise: str) -> None:
        """Note a sentence about time or speed unless something is true."""
        if not truth:
            self.slow.append(otherwise)

    def close_account(self, sessions: Iterable[Session], *, others_whole: bool = True) -> None:
        """Sum up what arrived; it must be what was written, in order, and all but the speech."""
        for session in sessions:
            self.account.add(session.account())
            self.missed += [f"connecting failed: {why}" for why in session.speaker.failures]
        account = self.account
        self.missed += account.differences
        self.expect(account.speech_sent > 0, "no speech was sent")
        if account.late > _LATE:
            self.shown.append(f"busy machine: speech was written up to {account.late:.1f} s late")
        if others_whole:
            lost = account.other_sent - account.other_arrived
            self.expect(lost == 0, f"{lost} bytes that were not speech are missing")

    def expect_silence(self) -> None:
        """No byte of speech may have arrived."""
        self.expect(
            self.account.speech_arrived == 0, f"{self.account.speech_arrived} bytes of speech left"
        )
