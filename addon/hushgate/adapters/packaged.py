"""Files that are shipped with hushgate, in a wheel and in a checkout.

The wheel carries them under hushgate/data; an editable checkout has them at its root.
"""

from pathlib import Path

import hushgate
from hushgate.core.errors import UnavailableError

_PACKAGE = Path(hushgate.__file__).parent


def packaged_path(name: str) -> Path:
    """Find a shipped file or folder, such as ``blocklists/catalogue``.

    Raises:
        UnavailableError: It is in neither place.
    """
    candidates = (_PACKAGE / "data" / name, _PACKAGE.parent.parent / name)
    for path in candidates:
        if path.exists():
            return path
    raise UnavailableError(f"{name} is missing from this installation; expected {candidates[0]}")
