"""How much each speaker sent to each endpoint, as far as its uploads were seen.

In: records. Out: sums by device and endpoint. Bounded: of a device the endpoint that was quiet
longest is forgotten first.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hushgate.core.model import DeviceId
from hushgate.core.records import Record

MAX_ENDPOINTS: Final = 256
"""Most endpoints remembered of a device; devices are those of the configuration."""


@dataclass(slots=True)
class Contact:
    """What went to one endpoint."""

    role: str
    uploads: int = 0
    size: int = 0
    """Bytes the speaker sent."""
    left: int = 0
    """Those of them that left the house."""


class Contacts:
    """Sums since it was made."""

    def __init__(self) -> None:
        self._devices: dict[DeviceId, OrderedDict[str, Contact]] = {}

    def note(self, record: Record) -> None:
        """Add an upload."""
        known = self._devices.setdefault(record.device, OrderedDict())
        contact = known.setdefault(record.endpoint, Contact(record.role))
        known.move_to_end(record.endpoint)
        contact.role = record.role
        contact.uploads += 1
        contact.size += record.size
        contact.left += record.left
        if len(known) > MAX_ENDPOINTS:
            known.popitem(last=False)

    def of(self, device: DeviceId | None) -> Mapping[str, Contact]:
        """Give what a device sent, by endpoint, the latest last."""
        return dict(self._devices.get(device, {})) if device is not None else {}
