"""Hosts files, plain names and wildcard lists: tokens separated by blanks.

``IP name [name ...] [# comment]``, ``name``, ``*.name``, and ``||name^`` as Pi-hole takes it.
A name after a real address is an answer, not a block (AdGuard Home's reading): importing the
household's own hosts file must not cut off its printer.
"""

from collections.abc import Iterable, Iterator

from hushgate.core.domains import Reach
from hushgate.core.listformats.entry import Entry, Item, Meaning, Problem, Reader
from hushgate.core.listformats.names import (
    BadNameError,
    clean_host,
    clean_name,
    is_address,
    is_sink,
    shorten,
)

_BOILERPLATE = frozenset(
    {
        "localhost",
        "localhost.localdomain",
        "localhost4",
        "localhost6",
        "local",
        "broadcasthost",
        "ip6-localhost",
        "ip6-loopback",
        "lo0",
        "ip6-localnet",
        "ip6-mcastprefix",
        "ip6-allnodes",
        "ip6-allrouters",
        "ip6-allhosts",
        "0.0.0.0",  # noqa: S104
    }
)
"""What hosts files open with; it names the machine itself."""


def hosts_reader(bare: Meaning, *, after_address: Meaning = Meaning.EXACT) -> Reader:
    """A reader for hosts files and lists of plain names, told what a name covers."""

    def read(line: str) -> Iterable[Item]:
        text = line.partition("#")[0].strip()
        if not text or text[0] in ";![" or text.startswith("//"):
            return ()
        return _read_tokens(text.split(), bare, after_address)

    return read


def _read_tokens(tokens: list[str], bare: Meaning, after_address: Meaning) -> Iterator[Item]:
    meaning = bare
    if is_address(tokens[0]):
        address, *tokens = tokens
        if not tokens:
            yield Problem("an address without a name", True)
        tokens = [token for token in tokens if token.lower() not in _BOILERPLATE]
        if tokens and not is_sink(address):
            yield Problem(f'answers with the address "{shorten(address)}", blocks nothing', True)
            return
        if not tokens:
            return
        meaning = after_address
    for token in tokens:
        yield _read_token(token, meaning)


def _read_token(token: str, meaning: Meaning) -> Item:
    try:
        if token.startswith("||") and token.endswith("^"):
            return Entry(clean_name(token[2:-1]), Reach.SUFFIX)
        if token.startswith(("*.", ".")):
            # Lists written with asterisks name each domain once and mean it and all below it.
            return Entry(clean_host(token.removeprefix("*").removeprefix(".")), Reach.SUFFIX)
        return Entry(clean_host(token), meaning.reach)
    except BadNameError as error:
        return Problem(str(error))
