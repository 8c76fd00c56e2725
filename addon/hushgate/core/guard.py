"""What happens to the upload of one flow: pass, hold, release or end, and the records of it.

In: sizes and times, and what is in force for the device. Out: decisions in counts of bytes, from
the front of what the adapter holds. Rules:

- While voice passes, bytes go on arrival; the same judge meters them.
- While it does not, bytes wait for their judgement; speech is never released by shape or name.
- An utterance under way when its window closes may finish, within one grace.
- Bytes held under `block` are not set free by an opening window: their burst is judged first.
- What is held under `delay` is a request; the owner's word about it ends with that utterance.
- Under `offline` a connection to the voice service ends with its window, or with the grace.
"""

from collections.abc import Iterator
from enum import Enum

from hushgate.core.burstrecords import BurstRecords
from hushgate.core.catalogue import Role
from hushgate.core.decisions import Decision, Party, Standing
from hushgate.core.hold import Burst, Hold, Step
from hushgate.core.model import FlowKey, Instant, Judgement, Likeness, Reason, Verdict, Voice
from hushgate.core.pending import Request
from hushgate.core.records import Record


class _Fate(Enum):
    """How far a flow has got."""

    LIVE = 0
    SWALLOWING = 1
    """Speech is being discarded until it is over."""
    ENDED = 2


FLOW_LIMIT = 1 << 20
"""Bytes held per flow at which reading pauses: 30 s of 16 kHz PCM, the densest speech recorded."""


class Guard:
    """The upload of one flow."""

    __slots__ = (
        "_bursts",
        "_deadline",
        "_dropped_for",
        "_fate",
        "_grace_until",
        "_held_standing",
        "_hold",
        "_key",
        "_number",
        "_numbers",
        "_party",
        "_standing",
        "_word",
    )

    def __init__(
        self,
        key: FlowKey,
        party: Party,
        standing: Standing,
        records: list[Record],
        numbers: Iterator[int],
    ) -> None:
        self._key = key
        self._party = party
        self._standing = standing
        self._bursts = BurstRecords(key, party, standing.voice, records)
        self._numbers = numbers
        """Numbers of requests, for all flows."""
        self._hold = Hold(standing.limits)
        self._held_standing: Standing | None = None
        """The closed standing under which bytes are still held although voice passes now."""
        self._grace_until: Instant | None = None
        self._deadline: Instant | None = None
        """Until then what is held waits for the owner."""
        self._number = 0
        """Of the request made then."""
        self._word: bool | None = None
        """The owner's: the held utterance may go, to its end, or not. None: nothing said yet."""
        self._fate = _Fate.LIVE
        self._dropped_for = standing.reason
        """Why bytes are dropped, once they are."""

    @property
    def held(self) -> int:
        """Bytes waiting now."""
        return self._hold.held

    @property
    def unjudged(self) -> int:
        """Those of them that are not taken for speech."""
        return 0 if self._hold.retained else self._hold.held

    @property
    def party(self) -> Party:
        """The server side of the flow."""
        return self._party

    @property
    def standing(self) -> Standing:
        """What is in force for the device."""
        return self._standing

    @property
    def speaks(self) -> bool:
        """Whether the burst under way is speech."""
        return self._hold.speaks

    @property
    def request(self) -> Request | None:
        """What waits for the owner's word."""
        if self._deadline is None or self._fate is not _Fate.LIVE:
            return None
        return Request(
            number=self._number,
            flow=self._key,
            endpoint=self._party.endpoint,
            since=self._hold.oldest,
            size=self._hold.held,
            speech_seconds=self._bursts.speech_seconds + self._hold.speech_seconds,
            expires=self._deadline,
        )

    def answer(self, *, allow: bool) -> None:
        """Take the owner's word on what waits; `due` says what follows from it."""
        if self._deadline is not None:
            self._word = allow

    def condemn(self, judgement: Judgement) -> None:
        """Take what is held for speech, on evidence from beyond this flow; `due` says the rest."""
        if self._hold.held:
            self._hold.condemn(judgement)

    def upload(self, size: int, now: Instant, records: tuple[int, ...] | None = None) -> Decision:
        """Take in `size` bytes from the speaker."""
        step = self._hold.upload(size, now, records)
        self._follow(step)
        self._bursts.upload(size, self._standing.voice)
        return self._settle(step, now)

    def download(self, size: int, now: Instant) -> None:
        """Note `size` bytes from the server."""
        self._hold.download(size, now)

    def due(self, now: Instant) -> Decision:
        """Say what the passing of time changed."""
        step = self._hold.due(now)
        self._follow(step)
        return self._settle(step, now)

    def rule(self, standing: Standing, now: Instant) -> None:
        """Come under a new standing; ask `due` for what follows from it."""
        before, self._standing = self._standing, standing
        self._hold.adopt(standing.limits)
        if standing.voice is not Voice.DELAY:
            self._word = self._deadline = None
        if before.voice.passes and not standing.voice.passes:
            if self._held_standing is None:
                if self._bursts.voice is not Voice.DELAY:
                    self._bursts.voice = before.voice
                if self._hold.retained and not standing.hard_edge:
                    self._grace_until = Instant(now + standing.grace)
            self._held_standing = None
        elif standing.voice.passes and not before.voice.passes:
            self._grace_until = None
            if self._hold.held and before.voice is not Voice.DELAY:
                self._held_standing = before

    def close(self, now: Instant) -> None:
        """Take note that the flow is over."""
        fate, self._fate = self._fate, _Fate.ENDED
        if fate is _Fate.ENDED:
            return
        if fate is _Fate.SWALLOWING:
            self._stop(self._dropped_for, now)
        elif self._hold.retained and self._hold.held:
            self._hold.discard(now)
            self._stop(Reason.FLOW_CLOSED, now)
        elif (burst := self._hold.close(now)) is not None:
            self._close_burst(burst)

    def abandon(self, reason: Reason, now: Instant) -> Decision:
        """End the flow whatever it carries; nothing held leaves."""
        discard = self._hold.discard(now)
        self._stop(reason, now)
        return Decision(Verdict.DROP, reason, discard=discard, end=True)

    def _follow(self, step: Step) -> None:
        """Count what leaves; then write down a burst that is over, its last bytes with it."""
        if self._fate is _Fate.LIVE:
            self._bursts.release(step.release)
        if step.ended is not None:
            self._close_burst(step.ended)

    def _settle(self, step: Step, now: Instant) -> Decision:
        """Turn a step of the hold into a decision under what is in force."""
        if self._fate is not _Fate.LIVE:
            return self._swallow(step, now)
        reason = self._license(now)
        if reason is not None:
            return self._pass(step, reason, now)
        if self._standing.voice is Voice.OFFLINE and self._party.role == Role.VOICE:
            return self._drop(step, self._standing.reason, now)
        if self._hold.retained and self._hold.held:
            return self._keep(step, now)
        if not self._hold.held:
            self._held_standing = None
        return Decision(
            Verdict.HOLD if self._hold.held else Verdict.ACCEPT,
            Reason.NOT_SPEECH if step.release else self._standing.reason,
            step.release,
            pause=self._hold.held > FLOW_LIMIT,
            wake=step.wake,
            judgement=step.judgement,
        )

    def _license(self, now: Instant) -> Reason | None:
        """Say why all that is held may leave; None: it may not."""
        if self._standing.voice.passes:
            return self._standing.reason if self._held_standing is None else None
        if not self._hold.retained:
            return None
        if self._word:
            return Reason.DELAY_ALLOWED
        if self._grace_until is not None and now < self._grace_until:
            return Reason.GRACE
        return None

    def _pass(self, step: Step, reason: Reason, now: Instant) -> Decision:
        """Let go all that is held."""
        rest = self._hold.release_all(now)
        self._bursts.release(rest)
        self._bursts.settle(Verdict.ACCEPT, Reason.DELAY_ALLOWED)
        self._deadline = None
        if not self._hold.retained:
            self._word = None
        ends = self._grace_until if reason is Reason.GRACE else None
        return Decision(
            Verdict.ACCEPT,
            reason,
            step.release + rest,
            wake=_earliest(step.wake, ends),
            judgement=step.judgement,
        )

    def _keep(self, step: Step, now: Instant) -> Decision:
        """Speech outside its window: make it wait for the owner, or drop it."""
        standing = self._held_standing or self._standing
        if standing.voice is not Voice.DELAY:
            reason = standing.reason if self._grace_until is None else Reason.GRACE_ENDED
            return self._drop(step, reason, now, quiet=standing.quiet)
        if self._deadline is None:
            self._deadline = Instant(now + standing.delay_limit)
            self._number = next(self._numbers)
        if self._word is False:
            return self._drop(step, Reason.DELAY_REFUSED, now)
        if now >= self._deadline:
            return self._drop(step, Reason.DELAY_EXPIRED, now)
        return Decision(
            Verdict.HOLD,
            standing.reason,
            step.release,
            pause=self._hold.held > FLOW_LIMIT,
            wake=_earliest(step.wake, self._deadline),
            judgement=step.judgement,
        )

    def _drop(self, step: Step, reason: Reason, now: Instant, *, quiet: bool = False) -> Decision:
        """Drop what is held, and end the flow: at once, or after the utterance under way."""
        discard = self._hold.discard(now)
        end = not (quiet and self._hold.speaks)
        if end:
            self._stop(reason, now)
        else:
            self._bursts.settle(Verdict.DROP, reason)
            self._fate, self._dropped_for = _Fate.SWALLOWING, reason
        return Decision(
            Verdict.DROP,
            reason,
            step.release,
            discard,
            end=end,
            wake=None if end else step.wake,
            judgement=step.judgement,
        )

    def _swallow(self, step: Step, now: Instant) -> Decision:
        """Drop what comes until the utterance is over, then end the flow."""
        discard = step.release + self._hold.discard(now)
        if step.ended is None and self._fate is _Fate.SWALLOWING:
            return Decision(Verdict.DROP, self._dropped_for, discard=discard, wake=step.wake)
        self._stop(self._dropped_for, now)
        return Decision(Verdict.DROP, self._dropped_for, discard=discard, end=True, quietly=True)

    def _close_burst(self, burst: Burst) -> None:
        """Write down a burst that is over, unless its bytes still wait for their fate."""
        if burst.judgement.likeness is Likeness.SPEECH:
            self._grace_until = None
            if not self._hold.held:
                self._word = None
        if self._fate is _Fate.SWALLOWING:
            self._bursts.write(burst, Verdict.DROP, self._dropped_for)
        elif self._hold.retained and self._hold.held:
            self._bursts.wait(burst)
        else:
            self._bursts.write(burst, Verdict.ACCEPT, self._why_it_left(burst))

    def _why_it_left(self, burst: Burst) -> Reason:
        if burst.judgement.likeness is Likeness.OTHER:
            return Reason.NOT_SPEECH
        if self._bursts.voice is Voice.DELAY:
            return Reason.DELAY_ALLOWED
        if self._bursts.voice.passes and not self._standing.voice.passes:
            return Reason.GRACE
        return self._standing.reason

    def _stop(self, reason: Reason, now: Instant) -> None:
        """End the flow; write down all that was waiting, and the burst that was cut off."""
        self._fate, self._dropped_for = _Fate.ENDED, reason
        self._bursts.settle(Verdict.DROP, reason)
        burst = self._hold.close(now)
        if burst is not None:
            self._bursts.write(burst, Verdict.DROP, reason)


def _earliest(*times: Instant | None) -> Instant | None:
    known = [time for time in times if time is not None]
    return min(known) if known else None
