"""Answers the owner's requests: reads them, has them carried out, says what became of it.

In: one JSON object of the control socket. Out: the answer, or a RequestError in words.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hushgate.adapters.clocks import clock, wall
from hushgate.adapters.eventlines import EventLines
from hushgate.adapters.firstclosing import FirstClosing
from hushgate.adapters.gatelink import GateLink
from hushgate.adapters.ledger import Ledger
from hushgate.adapters.listkeeper import ListKeeper
from hushgate.adapters.metrics import Metrics
from hushgate.adapters.stream import StreamPlane
from hushgate.answers import (
    describe_request,
    describe_rest,
    describe_status,
    describe_upload,
    make_override,
    without_overrides,
)
from hushgate.books import Books
from hushgate.core.engine import Engine
from hushgate.core.errors import RequestError
from hushgate.core.overrides import Override, unexpired
from hushgate.core.pending import Request, meant
from hushgate.core.rehearsal import describe_rehearsal
from hushgate.core.settings import Cause
from hushgate.policykeeper import PolicyKeeper
from hushgate.residents import Residents
from hushgate.roster import describe_device, describe_endpoints, describe_found, find_resident
from hushgate.web.server import Page

_GATE_AWAY: Final = "the gate is not reached: the kernel keeps the speakers shut"
_NO_GATE: Final = (
    "there is no gate: only connections that are redirected to this proxy are guarded; QUIC, other"
    " UDP and everything else of a speaker is NOT"
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the owner asks; it keeps nothing itself."""

    keeper: PolicyKeeper
    engine: Engine
    stream: StreamPlane
    residents: Residents
    books: Books
    link: GateLink
    ledger: Ledger
    lines: EventLines | None
    lists: ListKeeper
    metrics: Metrics
    page: Page
    first_closing: FirstClosing
    since: datetime
    """When the gateway was started."""
    rehearsal: Cause | None
    """The failure that the owner rehearses; None: all is in earnest."""
    alone: bool
    """In somebody else's mitmproxy, where no gate was promised."""
    enforce: Callable[[], Awaitable[None]]
    """Puts in force at once what the policy says now."""

    async def answer(self, request: dict[str, Any]) -> Any:
        """Carry out a request.

        Raises:
            RequestError: It cannot be carried out.
        """
        match request.get("command"):
            case "status":
                return self._status()
            case "devices":
                return self._devices(request.get("device"))
            case "upload":
                sent = self.stream.sent_upstream
                return describe_upload(request, self.keeper.policy, self.engine, sent, wall())
            case "override":
                return await self._override(request)
            case "resume":
                return await self._resume(request)
            case "pending":
                return self._describe(self.engine.requests())
            case "answer":
                return await self._answer(request)
            case other:
                raise RequestError(f"unknown request {other!r}")

    def _status(self) -> dict[str, Any]:
        gate, policy = self.link.state, self.keeper.policy
        status = describe_status(
            policy,
            self.engine,
            gate,
            self.problems(),
            at=wall(),
            since=self.since,
            zone=self.keeper.config.zone,
        )
        first = self.first_closing.warnings(policy, wall(), self.keeper.config.zone)
        status["warnings"] = [*first, *status["warnings"]]
        return status | {
            "pending": self._describe(self.engine.requests()),
            "warnings": [*status["warnings"], *self._warnings()],
            "found": describe_found(self.residents.found(), policy),
            "blind": gate.watch.blind if gate is not None else None,
        }

    def problems(self) -> list[str]:
        """Say why nobody can be sure that speakers are guarded; empty: they are."""
        problems = [describe_rehearsal(self.rehearsal)] if self.rehearsal is not None else []
        gate = self.link.state
        if gate is None:
            problems.append(_NO_GATE if self.alone else _GATE_AWAY)
        elif gate.revision != self.keeper.policy.revision:
            problems.append("the gate has not yet taken the newest policy")
        if gate is not None:
            problems += gate.problems
        problems += self.keeper.problems()
        if self.ledger.error is not None:
            problems.append(f"the ledger cannot be written: {self.ledger.error}")
        if self.lines is not None and self.lines.error is not None:
            problems.append(f"the ledger's lines cannot be written: {self.lines.error}")
        problems += [f"list {name}: {why}" for name, why in self.lists.problems.items()]
        return problems

    def _warnings(self) -> list[str]:
        warnings = [f"leases: {problem}" for problem in self.residents.problems]
        if self.page.error is not None:
            warnings.append(f"/metrics cannot be served: {self.page.error}")
        if not self.residents.is_full:
            return warnings
        return [
            *warnings,
            "somebody on the LAN makes up speakers: no more are taken in until you say of some that"
            " they are none; see: hushgate devices",
        ]

    def _devices(self, wanted: object) -> list[dict[str, Any]]:
        """Say who lives here; one device comes with its endpoints."""
        at = wall()
        everybody = self.residents.everybody(clock(), at)
        policy, contacts, zone = self.keeper.policy, self.books.contacts, self.keeper.config.zone
        if wanted is None:
            return [describe_device(each, policy, contacts, zone, at) for each in everybody]
        resident = find_resident(str(wanted), everybody, policy)
        row = describe_device(resident, policy, contacts, zone, at)
        uploads = contacts.of(row["id"])
        catalogue = self.engine.directory.catalogue
        return [{**row, "endpoints": describe_endpoints(resident, uploads, catalogue)}]

    def _describe(self, requests: Sequence[Request]) -> list[dict[str, Any]]:
        now, at, keeper = clock(), wall(), self.keeper
        return [
            describe_request(each, keeper.policy, now, at, keeper.config.zone) for each in requests
        ]

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take the owner's word on what waits; what is let go leaves at once."""
        allow = request.get("allow")
        if not isinstance(allow, bool):
            raise RequestError("say whether it is allowed: true or false")
        chosen = meant(str(request.get("which", "")), self.engine.requests())
        described = self._describe(chosen)
        for each in chosen:
            self.engine.answer(each.flow, allow=allow)
        await self.stream.notice([each.flow for each in chosen])
        return {"allow": allow, "answered": described}

    async def _override(self, request: dict[str, Any]) -> dict[str, Any]:
        at, zone, policy = wall(), self.keeper.config.zone, self.keeper.policy
        override = make_override(request, policy, at, zone)
        await self._take_overrides((*unexpired(policy.overrides, at), override))
        for device in [override.device] if override.device else policy.devices:
            self.metrics.override(device, override.wish)
        until = override.until.astimezone(zone).isoformat()
        return {"device": request["device"], "wish": override.wish, "until": until}

    async def _resume(self, request: dict[str, Any]) -> dict[str, Any]:
        await self._take_overrides(without_overrides(request, self.keeper.policy, wall()))
        still = describe_rest(request, self.keeper.policy, wall())
        return {"device": request["device"], "still": still}

    async def _take_overrides(self, overrides: tuple[Override, ...]) -> None:
        self.keeper.take_overrides(overrides)
        await self.enforce()
