"""The network's fault."""


class WireError(ValueError):
    """Bytes that no correct sender would send: malformed, truncated for good, or out of bounds."""
