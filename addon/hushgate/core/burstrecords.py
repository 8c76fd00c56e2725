"""The bursts of one flow until each has its record: how much of it left, under what, and why.

In: what was uploaded and what was let go, in bytes, and bursts as they end. Out: records. Rules:

- A record counts what left of its own burst, wherever releases cut the stream.
- A burst that is over while its bytes are held waits for their fate; all that wait share it.
"""

from typing import NamedTuple

from hushgate.core.decisions import Party
from hushgate.core.hold import Burst
from hushgate.core.model import FlowKey, Reason, Verdict, Voice
from hushgate.core.records import Record
from hushgate.core.uploadrecords import record_of_burst


class _Ended(NamedTuple):
    """A burst that is over."""

    burst: Burst
    begin: int
    """Offset of its first byte in the upload."""
    voice: Voice


class BurstRecords:
    """Writes the records of one flow's bursts."""

    __slots__ = (
        "_begin",
        "_key",
        "_party",
        "_records",
        "_released",
        "_uploaded",
        "_waiting",
        "voice",
    )

    def __init__(self, key: FlowKey, party: Party, voice: Voice, records: list[Record]) -> None:
        self.voice = voice
        """What was in force when the current burst began, or when its window closed again."""
        self._key = key
        self._party = party
        self._records = records
        self._uploaded = 0
        self._released = 0
        self._begin: int | None = None
        """Offset of the current burst's first byte; None between bursts."""
        self._waiting: list[_Ended] = []

    @property
    def speech_seconds(self) -> float:
        """Estimate of how long somebody spoke in the bursts that wait."""
        return sum(each.burst.speech_seconds or 0.0 for each in self._waiting)

    def upload(self, size: int, voice: Voice) -> None:
        """Count bytes that came; the first of a burst came under `voice`."""
        if self._begin is None:
            self._begin, self.voice = self._uploaded, voice
        self._uploaded += size

    def release(self, size: int) -> None:
        """Count bytes that were let go."""
        self._released += size

    def write(self, burst: Burst, verdict: Verdict, reason: Reason) -> None:
        """Write down the current burst, which is over."""
        self._write(self._end(burst), verdict, reason)

    def wait(self, burst: Burst) -> None:
        """Keep the current burst, which is over, until its fate is known."""
        self._waiting.append(self._end(burst))

    def settle(self, verdict: Verdict, reason: Reason) -> None:
        """Write down the bursts that wait."""
        for ended in self._waiting:
            self._write(ended, verdict, reason)
        self._waiting.clear()

    def _end(self, burst: Burst) -> _Ended:
        ended = _Ended(burst, self._begin or 0, self.voice)
        self._begin = None
        return ended

    def _write(self, ended: _Ended, verdict: Verdict, reason: Reason) -> None:
        left = min(max(self._released - ended.begin, 0), ended.burst.size)
        self._records.append(
            record_of_burst(
                self._key,
                self._party,
                ended.burst,
                left=left,
                voice=ended.voice,
                verdict=verdict,
                reason=reason,
            )
        )
