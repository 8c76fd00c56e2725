"""The public suffix list that comes with tldextract; never fetched, never cached.

tldextract is imported when it is asked for a name: with what it brings it takes 9 MB and a third of
a second, so the rules are read from its file.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hushgate.core.errors import UnavailableError
from hushgate.core.suffixes import PublicSuffixes

if TYPE_CHECKING:
    from tldextract import TLDExtract


_BUNDLED: Final = ".tld_set_snapshot"
_END_OF_REGISTRIES: Final = "// ===END ICANN DOMAINS==="


@cache
def public_suffixes() -> PublicSuffixes:
    """Its rules; without those of companies that rent out subdomains, as lists block those."""
    package = find_spec("tldextract")
    if package is None or package.origin is None:
        raise UnavailableError("the public suffix list is not there; install tldextract anew")
    text = Path(package.origin).with_name(_BUNDLED).read_text(encoding="utf-8")
    lines = text.partition(_END_OF_REGISTRIES)[0].splitlines()
    return PublicSuffixes(line for line in lines if line and not line.startswith("//"))


def registered_domain(name: str) -> str:
    """The part of a name that somebody registered, to group names by; the name itself if none."""
    return _extractor()(name).top_domain_under_public_suffix or name


@cache
def _extractor() -> "TLDExtract":
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
