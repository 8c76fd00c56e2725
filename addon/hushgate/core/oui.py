"""The firm behind a hardware address.

In: the rows of a table of prefixes. Out: our word for the firm. Rule: an address that software made
up has no firm, whatever its first bytes look like.
"""

import re
from collections.abc import Iterable

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


class OuiTable:
    """Finds firms by prefix."""

    def __init__(self, rows: Iterable[tuple[str, str]] = (), *, source: str = "") -> None:
        self._vendors = dict(rows)
        self.source = source
        """Where the table comes from, and its date."""

    def vendor_of(self, device: str) -> str | None:
        """Give the firm; None: not in the table, made up, or no hardware address at all."""
        if not is_mac(device) or is_made_up(device):
            return None
        return self._vendors.get(device[:8])


def is_mac(device: str) -> bool:
    """Whether a device is known by its hardware address."""
    return _MAC.fullmatch(device) is not None


def is_made_up(device: str) -> bool:
    """Whether a hardware address was chosen by software ("private Wi-Fi address")."""
    return is_mac(device) and bool(int(device[:2], 16) & 0x02)
