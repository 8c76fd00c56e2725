"""One reader per format."""

from typing import assert_never

from hushgate.core.listformats.adblock import read_adblock
from hushgate.core.listformats.dnsmasq import read_dnsmasq
from hushgate.core.listformats.entry import Format, Meaning, Reader
from hushgate.core.listformats.hosts import hosts_reader
from hushgate.core.listformats.regex import read_regex
from hushgate.core.listformats.rpz import RpzReader
from hushgate.core.listformats.unbound import read_unbound


def reader_for(form: Format, meaning: Meaning) -> Reader:
    """A fresh reader; some keep state from line to line."""
    match form:
        case Format.HOSTS:
            return hosts_reader(meaning, after_address=meaning)
        case Format.DOMAINS | Format.WILDCARD:
            return hosts_reader(meaning)
        case Format.ADBLOCK:
            return read_adblock
        case Format.DNSMASQ:
            return read_dnsmasq
        case Format.RPZ:
            return RpzReader()
        case Format.UNBOUND:
            return read_unbound
        case Format.REGEX:
            return read_regex
        case _:
            assert_never(form)
