"""The hello with which a client begins a flow, whatever carries it.

In: what the client sends, stream bytes in order or datagrams. Out: its Hello, once. Rules: what
does not begin like TLS or QUIC is given up at once; what never ends is given up at a bound.
"""

from hushgate.wire.errors import WireError
from hushgate.wire.hello import MAX_HELLO, Hello
from hushgate.wire.quic import InitialReader
from hushgate.wire.tls import decode_hello

_MAX_START = 2 * MAX_HELLO
"""A hello and the headers of its records, generously."""


class Greeting:
    """Waits for the hello of one flow."""

    __slots__ = ("_initials", "_start")

    def __init__(self) -> None:
        self._start: bytes | None = b""
        """Bytes of a stream so far; None: the hello is read, or there is none."""
        self._initials: InitialReader | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self._start is None

    def give_up(self) -> None:
        """Stop waiting."""
        self._start = self._initials = None

    def of_stream(self, data: bytes) -> Hello | None:
        """Take the next bytes of a TCP stream."""
        if self._start is None or not data:
            return None
        self._start += data
        try:
            hello = decode_hello(self._start)
        except WireError:
            self.give_up()
            return None
        if hello is not None or len(self._start) > _MAX_START:
            self.give_up()
        return hello

    def of_datagram(self, payload: bytes) -> Hello | None:
        """Take the next UDP datagram."""
        if self._start is None or not payload:
            return None
        if self._initials is None:
            self._initials = InitialReader()
        try:
            hello = self._initials.feed(payload)
        except WireError:
            self.give_up()
            return None
        if hello is not None:
            self.give_up()
        return hello
