"""The DNS of speakers, in mitmproxy's hooks: what they are told is learned, what is listed refused.

The resolver's answer goes on as it came, CNAMEs and TTLs included, but for HTTPS and SVCB records
(RFC 9460): they carry the keys with which a hello hides its name, and clients do without them.
"""

import contextlib
import struct
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from mitmproxy import dns
from mitmproxy.net.dns import response_codes, types

from hushgate.core.engine import Engine
from hushgate.core.model import DeviceId, Instant

SVCB: Final = 64
_HIDING: Final = (SVCB, types.HTTPS)


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
        """Refuse a listed name; an answer without records is cached by nobody for long."""
        device = await self._device_of(flow.client_conn.peername[0])
        for question in flow.request.questions:
            if self._engine.ask(device, question.name) is not None:
                flow.response = flow.request.fail(response_codes.NXDOMAIN)
                return

    async def dns_response(self, flow: dns.DNSFlow) -> None:
        """Learn which addresses a name has for this device."""
        response, question = flow.response, flow.request.question
        if response is None or question is None:
            return
        response.answers = [each for each in response.answers if each.type not in _HIDING]
        addresses = list(_addresses(response.answers))
        if not addresses:
            return
        device = await self._device_of(flow.client_conn.peername[0])
        aliases = list(_aliases(response.answers))
        ttl = min(each.ttl for each in response.answers)
        self._engine.directory.answered(
            device, question.name, aliases, addresses, ttl, self._clock()
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
