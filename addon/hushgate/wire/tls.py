"""TLS records (RFC 8446 section 5.1): their lengths, and the ClientHello in the first of them.

In: the bytes of one direction of a TCP connection. Out: lengths of application-data records as
their headers go by, and the Hello. Rules: nothing here depends on how TCP cut the bytes; a stream
that is not TLS is recognized by the first byte that no record header has in that place, and stays
so.
"""

from hushgate.wire.errors import WireError
from hushgate.wire.hello import Hello, decode_message, message_size

__all__ = ["Hello", "RecordScanner", "decode_hello", "find_record"]

HEADER = 5
"""Bytes of a record header: type, version (2), length (2)."""
HANDSHAKE, APPLICATION_DATA = 22, 23
_TYPES = range(20, 25)
"""change_cipher_spec, alert, handshake, application_data, heartbeat."""
_DATA_HEADER = b"\x17\x03\x03"
MAX_RECORD = 2**14 + 2048
"""Longest protected record: TLS 1.2 allows 2048 bytes on top, TLS 1.3 only 256."""
MAX_RECORDS = 64
"""Most records that one hello may be spread over."""


class RecordScanner:
    """Counts through the records of one direction of a stream, in constant memory.

    Only headers are looked at: the 5 bytes in front of each record are in the clear.
    """

    __slots__ = ("_is_tls", "_partial", "_skip")

    def __init__(self) -> None:
        self._skip = 0
        """Bytes of the current record that have not arrived."""
        self._partial = b""
        """The beginning of a header whose end has not arrived; the record before it is complete."""
        self._is_tls = True

    def feed(self, data: bytes) -> tuple[int, ...] | None:
        """Look at the next bytes of the stream.

        Returns:
            Lengths of the application-data records whose header ended in these bytes; None once
            the stream has shown itself not to be TLS.
        """
        if not self._is_tls:
            return None
        at, end = self._skip, len(data)
        if at >= end:
            self._skip = at - end
            return ()
        if self._partial:
            data = self._partial + data
            end = len(data)
        lengths = []
        while end - at >= HEADER:
            header = data[at : at + HEADER]
            if not may_begin_record(header):
                self._is_tls = False
                return None
            length = header[3] << 8 | header[4]
            if header[0] == APPLICATION_DATA:
                lengths.append(length)
            at += HEADER + length
        self._partial = data[at:]
        self._skip = max(at - end, 0)
        if not may_begin_record(self._partial):
            self._is_tls = False
            return None
        return tuple(lengths)


def may_begin_record(start: bytes) -> bool:
    """Whether these bytes, five or fewer, can be the beginning of a record header."""
    size = len(start)
    if size >= HEADER:
        length = start[3] << 8 | start[4]
        if length > MAX_RECORD or (length == 0 and start[0] != APPLICATION_DATA):
            return False
    return (
        (size < 1 or start[0] in _TYPES)
        and (size < 2 or start[1] == 3)
        and (size < 3 or start[2] <= 4)
        and (size < 4 or start[3] <= MAX_RECORD >> 8)
    )


def find_record(data: bytes) -> int | None:
    """Find where a record surely begins in a piece of a stream that was joined in the middle.

    A header at the very beginning is believed: ciphertext looks like one once in ten million
    segments. One further on is believed if records then follow each other to the exact end.
    """
    if len(data) >= HEADER and may_begin_record(data[:HEADER]):
        return 0
    start = data.find(_DATA_HEADER)
    while start >= 0:
        at = start
        while at + HEADER <= len(data) and may_begin_record(data[at : at + HEADER]):
            at += HEADER + (data[at + 3] << 8 | data[at + 4])
        if at == len(data):
            return start
        start = data.find(_DATA_HEADER, start + 1)
    return None


def decode_hello(stream: bytes) -> Hello | None:
    """Read the ClientHello at the beginning of a stream.

    It may be spread over several records, and more may follow it (early data).

    Returns:
        None while the records that carry it are incomplete.

    Raises:
        WireError: The stream does not begin with a well-formed ClientHello.
    """
    message, at = b"", 0
    for _ in range(MAX_RECORDS):
        header = stream[at : at + HEADER]
        if not may_begin_record(header) or (header and header[0] != HANDSHAKE):
            raise WireError("not the beginning of TLS")
        if len(header) < HEADER:
            return None
        start, at = at + HEADER, at + HEADER + (header[3] << 8 | header[4])
        message += stream[start:at]
        size = message_size(message)
        if at > len(stream):
            return None
        if size is not None and len(message) >= size:
            return decode_message(message[:size], transport="t", size=at)
    raise WireError(f"a ClientHello in more than {MAX_RECORDS} records")
