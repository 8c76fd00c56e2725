"""The owner's socket, the side of the commands: ask a running gateway something.

Apart from the side that answers, whose event loop takes longer to import than the answer takes.
"""

import json
import socket
from pathlib import Path
from typing import Any, Final

from hushgate.core.errors import RequestError, UnavailableError, why

SOCKET_NAME: Final = "control.sock"
PATIENCE: Final = 10.0


def ask(runtime_dir: Path, request: dict[str, Any]) -> Any:
    """Ask the running gateway something and return its answer.

    Raises:
        UnavailableError: No gateway runs there, or it does not answer.
        RequestError: It refuses the request.
    """
    path = runtime_dir / SOCKET_NAME
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(str(path))
            sock.sendall(json.dumps(request).encode() + b"\n")
            with sock.makefile("rb") as lines:
                reply = json.loads(lines.readline())
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise UnavailableError(
            f"hushgate does not run here ({path}); start it: hushgate run"
        ) from error
    except PermissionError as error:
        raise UnavailableError(f"no right to speak to hushgate ({path}); try as root") from error
    except OSError as error:
        raise UnavailableError(f"hushgate does not answer ({path}): {why(error)}") from error
    except ValueError as error:
        raise UnavailableError(
            f"hushgate does not answer as it should ({path}): {error}"
        ) from error
    if "error" in reply:
        raise RequestError(reply["error"])
    return reply["ok"]
