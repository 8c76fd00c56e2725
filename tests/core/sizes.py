"""How much memory an object of ours takes."""

import sys
from array import array
from enum import Enum
from typing import Any


def deep_size(value: Any) -> int:
    """Give the bytes of an object and of all it alone holds; shared constants are left out."""
    if isinstance(value, Enum) or (isinstance(value, int) and -5 <= value <= 256):
        return 0  # shared by everybody
    total = sys.getsizeof(value)
    if isinstance(value, (int, float, str, array)) or value is None:
        return total
    for name in getattr(type(value), "__slots__", ()):
        if name not in ("_limits", "_grid"):
            total += deep_size(getattr(value, name))
    return total
