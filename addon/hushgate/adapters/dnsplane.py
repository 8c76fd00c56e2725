"""The DNS of speakers, in mitmproxy's hooks: names are learned, what is too much is refused.

A question goes on as nothing but its name and kind: everything else in it could carry words. The
resolver's answer goes back as it came, CNAMEs and TTLs included, but for HTTPS and SVCB records
(RFC 9460): they carry the keys with which a hello hides its name, and clients do without them.
"""

import contextlib
import struct
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from mitmproxy import dns
from mitmproxy.net.dns import classes, domain_names, op_codes, response_codes, types

from hushgate.core.engine import Engine
from hushgate.core.model import DeviceId, Instant, Reason

SVCB: Final = 64
_HIDING: Final = (SVCB, types.HTTPS)
_ANSWER_SIZE: Final = 1232
"""Bytes of an answer over UDP: what crosses every network in one piece."""
_ASKED: Final = "hushgate-asked"
_CODES: Final = {
    Reason.BLOCKLISTED: response_codes.NXDOMAIN,
    Reason.DNS_LIMIT: response_codes.REFUSED,
}


class DnsPlane:
    """Addon of the proxy for its DNS port."""

    name = "hushgate-dns"

    def __init__(
        self,
        engine: Engine,
        device_of: Callable[[str], Awaitable[DeviceId]],
        clock: Callable[[], Instant],
    ) -> None:
        self._engine = engine
        self._device_of = device_of
        self._clock = clock

    async def dns_request(self, flow: dns.DNSFlow) -> None:
        """Refuse what is no question, a listed name, and too much; have the rest go on bare."""
        # mitmproxy takes a question with the number of an earlier one for the same again.
        flow.response = None
        flow.metadata.pop(_ASKED, None)
        request = flow.request
        question = _question_of(request)
        if question is None:
            flow.response = request.fail(response_codes.FORMERR)
            flow.response.questions = []
            return
        device = await self._device_of(flow.client_conn.peername[0])
        reason = self._engine.ask(device, question.name, question.type, self._clock())
        if reason is not None:
            flow.response = request.fail(_CODES[reason])
            return
        flow.metadata[_ASKED] = question
        flow.request = _bare(request, question)

    async def dns_response(self, flow: dns.DNSFlow) -> None:
        """Learn which addresses a name has for this device."""
        response, question = flow.response, flow.metadata.get(_ASKED)
        if response is None or question is None:
            return
        response.questions = [question]  # some clients look whether the case of letters is theirs
        for section in (response.answers, response.authorities, response.additionals):
            section[:] = [each for each in section if each.type not in _HIDING]
        addresses = list(_addresses(response.answers))
        if not addresses:
            return
        device = await self._device_of(flow.client_conn.peername[0])
        aliases = list(_aliases(response.answers))
        ttl = min(each.ttl for each in response.answers)
        self._engine.directory.answered(
            device, question.name, aliases, addresses, ttl, self._clock()
        )


def _question_of(request: dns.DNSMessage) -> dns.Question | None:
    """Return the one question of a message; None: it is something else."""
    if not request.query or request.op_code != op_codes.QUERY or len(request.questions) != 1:
        return None
    question = request.questions[0]
    try:
        domain_names.pack(question.name)
    except ValueError:  # a dot inside a label, for one
        return None
    return question if question.class_ == classes.IN else None


def _bare(request: dns.DNSMessage, question: dns.Question) -> dns.DNSMessage:
    """Return a question anew, without its flags, its case, its options and its other records."""
    sizes = [each for each in request.additionals if each.type == types.OPT]
    return dns.DNSMessage(
        id=request.id,
        query=True,
        op_code=op_codes.QUERY,
        authoritative_answer=False,
        truncation=False,
        recursion_desired=True,
        recursion_available=False,
        reserved=0,
        response_code=response_codes.NOERROR,
        questions=[dns.Question(question.name.lower(), question.type, classes.IN)],
        answers=[],
        authorities=[],
        # RFC 6891 section 6.1.2: the class of this record is the size of answers.
        additionals=[dns.ResourceRecord("", types.OPT, _ANSWER_SIZE, 0, b"")] if sizes else [],
        timestamp=request.timestamp,
    )


def _addresses(answers: Iterable[dns.ResourceRecord]) -> Iterable[str]:
    for answer in answers:
        if answer.type == types.A and len(answer.data) == 4:
            yield str(IPv4Address(answer.data))
        elif answer.type == types.AAAA and len(answer.data) == 16:
            yield str(IPv6Address(answer.data))


def _aliases(answers: Iterable[dns.ResourceRecord]) -> Iterable[str]:
    for answer in answers:
        if answer.type == types.CNAME:
            with contextlib.suppress(struct.error, ValueError):  # a name that is none
                yield answer.domain_name
