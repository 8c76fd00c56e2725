"""The resolver that this machine asks."""

from pathlib import Path

from hushgate.core.errors import Complaint, ConfigError

RESOLV_CONF = Path("/etc/resolv.conf")


def system_resolver(path: Path = RESOLV_CONF) -> str:
    """Return the first name server of resolv.conf(5), in brackets if it is IPv6.

    Raises:
        ConfigError: There is none.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            return f"[{words[1]}]" if ":" in words[1] else words[1]
    message = "no nameserver here, so the speakers' DNS cannot be answered; set gateway.resolver"
    raise ConfigError(Complaint(message, str(path)))
