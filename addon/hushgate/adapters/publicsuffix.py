"""The public suffix list that comes with tldextract; never fetched, never cached."""

from functools import cache

import tldextract

from hushgate.core.suffixes import PublicSuffixes

_extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@cache
def public_suffixes() -> PublicSuffixes:
    """Its rules; without those of companies that rent out subdomains, as lists block those."""
    return PublicSuffixes(_extract.tlds)


def registered_domain(name: str) -> str:
    """The part of a name that somebody registered, to group names by; the name itself if none."""
    return _extract(name).top_domain_under_public_suffix or name
