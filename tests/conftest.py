"""What all tests share."""

import os
import signal
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

with warnings.catch_warnings():  # what mitmproxy imports calls its own libraries by old names
    warnings.simplefilter("ignore")
    import mitmproxy.addons  # noqa: F401

# A loaded machine is slow, not wrong: no test asserts a time.
settings.register_profile(
    "explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=1000
)
# The same examples each time: whoever changes something else must not meet a rare one by chance.
settings.register_profile(
    "hushgate", settings.get_profile("explore"), derandomize=True, max_examples=100
)
settings.load_profile("hushgate")

# A shell ignores interrupts for what it starts in the background, and all that tests start would
# inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

type Golden = Callable[[Path, str], None]


@pytest.fixture
def golden() -> Golden:
    """Compare text with a reviewed file; `make golden` rewrites the files."""

    def compare(path: Path, text: str) -> None:
        if os.environ.get("HUSHGATE_GOLDEN") == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        assert path.read_text() == text, f"{path} differs; if that is right: make golden"

    return compare
