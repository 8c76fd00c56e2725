"""hushgate inside a mitmproxy that somebody else started: ``mitmdump -s addon/hushgate_addon.py``.

It guards what is redirected to that proxy and nothing else, and says so loudly: without the gate
the kernel lets QUIC, other UDP and every connection that is not redirected pass. Where things are
comes from the environment: HUSHGATE_CONFIG, HUSHGATE_STATE_DIR, HUSHGATE_RUNTIME_DIR.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from mitmproxy import ctx

from hushgate.adapters import mitm
from hushgate.adapters.tasks import spawn
from hushgate.places import CONFIG, RUNTIME, STATE, Place
from hushgate.service import AddonOptions, Service

ALONE = (
    "hushgate runs inside mitmdump, without its gate: it guards only connections that are"
    " redirected to this proxy. QUIC, other UDP and everything else of a speaker is NOT guarded."
    " Use `hushgate run` for the whole."
)
"""Said at every start."""


class Standalone:
    """The addon that mitmdump loads; the stream plane is an addon inside it.

    It comes before mitmproxy's stock ``nextlayer``, which leaves a chosen layer alone.
    """

    name = "hushgate"

    def __init__(self) -> None:
        mitm.survive_own_errors(ctx.master)
        options = AddonOptions(_path(CONFIG), _path(STATE), _path(RUNTIME))
        self._service = Service(options, alone=True)
        self._work: asyncio.Task[Any] | None = None
        self.addons = [self._service.stream, self._service.dns]

    async def running(self) -> None:
        """Set what the stream plane needs of mitmproxy, and begin."""
        mitm.set_options(**mitm.SETTINGS)
        if "block_global" in ctx.options:  # would cut off speakers with global IPv6 addresses
            mitm.set_options(block_global=False)
        print(f"WARNING: {ALONE}", file=sys.stderr)  # mitmdump -q would swallow a log line
        await self._service.start()
        self._work = spawn(self._service.work(), "keep up")

    def done(self) -> None:
        """Write down what is still under way."""
        if self._work is not None:
            self._work.cancel()
        self._service.stop()


def _path(place: Place) -> Path:
    return Path(os.environ.get(place.variable, place.default))
