"""DNS and mDNS messages (RFC 1035, RFC 6762): the records that tell who is who.

In: one datagram. Out: a Message. Rules: addresses, aliases, pointers, services and texts are read,
other records are passed over; a name is text as people see it (UTF-8, dots inside a label escaped);
pointers may only point backwards, so that every name ends; a message is whole or malformed, never
incomplete.

Not mitmproxy.dns: it refuses a whole message for one UTF-8 label ("Luca's iMac" with a curly
apostrophe), takes bytes of a text for compression pointers, and a chain of pointers exhausts its
stack.
"""

import ipaddress
from dataclasses import dataclass
from typing import NamedTuple

from hushgate.wire.cursor import Cursor
from hushgate.wire.errors import WireError

A, CNAME, PTR, TXT, AAAA, SRV, HTTPS = 1, 5, 12, 16, 28, 33, 65
ADDRESSES = frozenset((A, AAAA))
MAX_RECORDS = 512
"""Most records that are read of a message; the largest ones of homes have about 100."""
MAX_NAME = 255
MAX_JUMPS = 16
"""Most pointers that are followed for one name; writers need two or three."""
_HEADER = 12
_NAMES = frozenset((CNAME, PTR))


class Question(NamedTuple):
    """What somebody wants to know."""

    name: str
    kind: int


class Record(NamedTuple):
    """One answer."""

    name: str
    kind: int
    ttl: int
    value: str
    """A, AAAA: the address. CNAME, PTR, SRV, HTTPS: the other name. TXT and unread kinds: empty."""
    texts: tuple[bytes, ...] = ()
    """TXT: its strings."""
    port: int = 0
    """SRV: the port of the service."""


@dataclass(frozen=True, slots=True)
class Message:
    """A query or an answer."""

    number: int
    is_answer: bool
    questions: tuple[Question, ...]
    records: tuple[Record, ...]
    """Of all sections, in their order."""


def decode_message(data: bytes) -> Message:
    """Read one message.

    Raises:
        WireError: The message is malformed or has more records than any sender needs.
    """
    cursor = Cursor(data)
    number, flags = cursor.number(2), cursor.number(2)
    asked = cursor.number(2)
    answered = cursor.number(2) + cursor.number(2) + cursor.number(2)
    if asked + answered > MAX_RECORDS:
        raise WireError(f"a DNS message with {asked + answered} records")
    names = _Names(data)
    at = _HEADER
    questions, records = [], []
    for _ in range(asked):
        name, at = names.read(at)
        questions.append(Question(name, _number(data, at, 2)))
        at += 4
    for _ in range(answered):
        name, at = names.read(at)
        kind, ttl, size = _number(data, at, 2), _number(data, at + 4, 4), _number(data, at + 8, 2)
        at += 10
        if at + size > len(data):
            raise WireError("a DNS record reaches past the end")
        records.append(_decode_record(names, name, (kind, ttl), data[at : at + size], at))
        at += size
    if at > len(data):
        raise WireError("a DNS message ends early")
    return Message(number, bool(flags & 0x8000), tuple(questions), tuple(records))


def _decode_record(
    names: "_Names", name: str, head: tuple[int, int], data: bytes, at: int
) -> Record:
    kind, ttl = head
    if (kind == A and len(data) == 4) or (kind == AAAA and len(data) == 16):
        return Record(name, kind, ttl, str(ipaddress.ip_address(data)))
    if kind in _NAMES:
        return Record(name, kind, ttl, names.read(at)[0])
    if kind == SRV and len(data) > 6:
        return Record(name, kind, ttl, names.read(at + 6)[0], port=int.from_bytes(data[4:6]))
    if kind == HTTPS and len(data) > 2:
        return Record(name, kind, ttl, names.read(at + 2)[0])
    if kind == TXT:
        return Record(name, kind, ttl, "", texts=_texts(data))
    return Record(name, kind, ttl, "")


def _texts(data: bytes) -> tuple[bytes, ...]:
    cursor = Cursor(data)
    texts = []
    while cursor.left:
        if text := cursor.vector(1):
            texts.append(text)
    return tuple(texts)


def text_pairs(texts: tuple[bytes, ...]) -> dict[str, str]:
    """Read the strings of a TXT record as ``key=value`` (RFC 6763 section 6), keys in lower case.

    Of a key that comes twice the first counts, as the RFC says.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        key, _, value = text.decode("utf-8", "backslashreplace").partition("=")
        if key:
            pairs.setdefault(key.lower(), value)
    return pairs


def packed(address: str) -> bytes:
    """Give the bytes of an address record's value; none where the record was malformed."""
    return ipaddress.ip_address(address).packed if address else b""


def _number(data: bytes, at: int, width: int) -> int:
    if at + width > len(data):
        raise WireError("a DNS message ends early")
    return int.from_bytes(data[at : at + width])


class _Name(NamedTuple):
    """A name as it was read."""

    text: str
    size: int
    """Bytes it would have without compression."""
    end: int
    """Where the bytes after it begin."""


class _Names:
    """Reads names out of one message; a name that many records point to is read once."""

    __slots__ = ("_data", "_known")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._known: dict[int, _Name] = {}

    def read(self, at: int) -> tuple[str, int]:
        """Read the name at ``at``; also gives where the bytes after it begin."""
        name = self._read(at, 0)
        return name.text, name.end

    def _read(self, start: int, jumps: int) -> _Name:
        if (known := self._known.get(start)) is not None:
            return known
        if jumps > MAX_JUMPS:
            raise WireError(f"a name of more than {MAX_JUMPS} pieces")
        data, at, size = self._data, start, 0
        labels: list[str] = []
        while True:
            length = _number(data, at, 1)
            if length >= 0xC0:
                target = _number(data, at, 2) & 0x3FFF
                if target >= start:
                    raise WireError("a compression pointer that does not point backwards")
                rest = self._read(target, jumps + 1)
                labels += [rest.text] if rest.text else []
                size += rest.size
                at += 2
                break
            if length >= 0x40:
                raise WireError(f"a label of kind {length >> 6}")
            at += 1 + length
            size += 1 + length
            if size > MAX_NAME or at > len(data):
                raise WireError("a name that does not end")
            if length == 0:
                break
            labels.append(_label(data[at - length : at]))
        if size > MAX_NAME:
            raise WireError(f"a name of {size} bytes")
        name = self._known[start] = _Name(".".join(labels), size, at)
        return name


def _label(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace").replace(".", "\\.")


class Resolution(NamedTuple):
    """What an answer says about the name that was asked for."""

    asked: str
    aliases: tuple[str, ...]
    """Names it stands for, in the order of the chain."""
    addresses: tuple[str, ...]
    ttl: int
    """Seconds that all of it holds: the smallest TTL on the way."""


def resolve(message: Message) -> Resolution | None:
    """Follow the aliases of an answer from the question to the addresses.

    Returns:
        None where the message is no answer or leads to no address.
    """
    if not message.is_answer or not message.questions:
        return None
    asked = message.questions[0].name.lower()
    links = {record.name.lower(): record for record in message.records if record.kind == CNAME}
    chain, ttls, name = [], [], asked
    while (link := links.pop(name, None)) is not None:  # popped, so that loops end
        name = link.value.lower()
        chain.append(name)
        ttls.append(link.ttl)
    hosts = [
        record
        for record in message.records
        if record.kind in ADDRESSES and record.value and record.name.lower() == name
    ]
    if not hosts:
        return None
    ttl = min(*ttls, *(record.ttl for record in hosts), 2**31)
    return Resolution(asked, tuple(chain), tuple(record.value for record in hosts), ttl)
