"""Log lines on stderr: plain for people, with priorities where systemd's journal reads them."""

import logging
import os
import sys

_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}


class _Journal(logging.Formatter):
    """Puts sd-daemon(3)'s priority in front of each line."""

    def format(self, record: logging.LogRecord) -> str:
        return f"<{_PRIORITY.get(record.levelno, 2)}>{super().format(record)}"


def set_up_logging() -> None:
    """Send everything from INFO on to stderr; mitmproxy's lines per connection are left out."""
    handler = logging.StreamHandler(sys.stderr)
    if "JOURNAL_STREAM" in os.environ:
        handler.setFormatter(_Journal("%(name)s: %(message)s"))
    else:
        handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
        )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("mitmproxy").setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
