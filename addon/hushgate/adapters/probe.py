"""Asks a device what it is: one short HTTP request to its own address on the LAN.

In: a question that core.inquiry chose. Out: the body of the answer; None: there is none. Rules:
bounded in size and time; no redirect is followed, nothing is sent but the request; the gateway
itself is never asked, whoever claims its address.
"""

import asyncio
import ssl
from typing import Final

from hushgate.core.inquiry import Question, Way

PATIENCE: Final = 4.0
"""Seconds for the whole exchange."""
LARGEST: Final = 64 << 10
_BLANK: Final = b"\r\n\r\n"


async def ask_device(question: Question) -> bytes | None:
    """Fetch the answer to a question."""
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await _exchange(question)
    except (OSError, TimeoutError):
        return None
    head, blank, body = answer.partition(_BLANK)
    status = head.split(b"\r\n", 1)[0].split()
    is_good = len(status) > 1 and status[0].startswith(b"HTTP/1.") and status[1] == b"200"
    return body if is_good and blank else None


async def _exchange(question: Question) -> bytes:
    tls = _unverified() if question.way is Way.CAST_TLS else None
    reader, writer = await asyncio.open_connection(question.address, question.port, ssl=tls)
    try:
        if writer.get_extra_info("sockname")[0] == question.address:
            return b""  # ourselves
        host = f"[{question.address}]" if ":" in question.address else question.address
        writer.write(
            f"GET {question.path} HTTP/1.0\r\nHost: {host}:{question.port}\r\n\r\n".encode("ascii")
        )
        answer = b""
        while len(answer) < LARGEST and (part := await reader.read(LARGEST - len(answer))):
            answer += part
        return answer
    finally:
        writer.transport.abort()


def _unverified() -> ssl.SSLContext:
    """Accept any certificate: devices of the LAN sign their own, and nothing secret is said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
