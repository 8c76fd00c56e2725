"""The public suffix list that comes with tldextract; never fetched, never cached.

tldextract is imported when it is asked: with what it brings it takes 9 MB.
"""

from functools import cache
from typing import TYPE_CHECKING

from hushgate.core.suffixes import PublicSuffixes

if TYPE_CHECKING:
    from tldextract import TLDExtract


@cache
def public_suffixes() -> PublicSuffixes:
    """Its rules; without those of companies that rent out subdomains, as lists block those."""
    return PublicSuffixes(_extractor().tlds)


def registered_domain(name: str) -> str:
    """The part of a name that somebody registered, to group names by; the name itself if none."""
    return _extractor()(name).top_domain_under_public_suffix or name


@cache
def _extractor() -> "TLDExtract":
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
