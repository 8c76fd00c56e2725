"""The Alexa client of the PyPI package `avs`, as published, told what to do line by line.

Run by the Python of build/voice-clients: alexa.py NAME_OF_SERVICE CONFIG CA WAV. Lines on its
standard input: `say` speaks the recording at its speed, `report` sends a state report, `ping` an
HTTP/2 ping. On its standard output: a JSON line for each thing that happens to it, with the
monotonic clock.

Nothing of the client is changed but what Python 3.13 took away under it, its microphone, and whom
it trusts.
"""

import collections
import collections.abc
import datetime
import json
import logging
import os
import ssl
import sys
import time
import types
import warnings
import wave
from collections.abc import Callable
from typing import Any

CHUNK = 320
"""Samples: 20 ms."""


def tell(what: str, **more: str) -> None:
    """Print one thing that happened."""
    print(json.dumps({"at": time.monotonic(), "what": what, **more}), flush=True)


class Losses(logging.Handler):
    """Tells what the client logs of a lost connection."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell the error that makes the client start over."""
        if record.exc_info and record.exc_info[1] is not None:
            tell("lost", error=type(record.exc_info[1]).__name__)


class States:
    """Hears of the client's states: ready, listening, thinking, finished."""

    def __getattr__(self, name: str) -> Callable[[], None]:
        return lambda: tell(name.removeprefix("on_"))


def import_client(ca: str) -> Any:
    """Import the package on a Python that is younger than it."""
    warnings.simplefilter("ignore")
    for name in ("MutableMapping", "Mapping", "MutableSet", "Iterable", "Callable"):
        setattr(collections, name, getattr(collections.abc, name))
    ssl.match_hostname = lambda certificate, name: None  # SSLContext.check_hostname does it
    microphone, sign_in = types.ModuleType("avs.mic"), types.ModuleType("avs.auth")
    microphone.Audio = object
    sys.modules |= {"avs.mic": microphone, "avs.auth": sign_in}
    os.environ |= {"PLAYER": "mpg123", "REQUESTS_CA_BUNDLE": ca}
    import avs
    import hyper.tls

    avs.auth = sign_in
    hyper.tls._context = hyper.tls.init_context(cert_path=ca)  # where it keeps its default
    import avs.alexa

    return avs.alexa.Alexa


def say(alexa: Any, pcm: bytes) -> None:
    """Speak as its microphone would."""
    alexa.SpeechRecognizer.StopCapture(None)  # as the service ends what went before
    alexa.listen()
    start = time.monotonic()
    for number in range(0, len(pcm), 2 * CHUNK):
        alexa.put(pcm[number : number + 2 * CHUNK])
        time.sleep(max(0.0, start + number / 32_000 - time.monotonic()))
    tell("said")


def main(service: str, config: str, ca: str, recording: str) -> None:
    """Obey until the standard input ends."""
    logging.getLogger().addHandler(Losses())
    with open(config, "w") as file:
        keys = ("product_id", "client_id", "client_secret", "refresh_token")
        json.dump(dict.fromkeys(keys, "x") | {"host_url": service}, file)
    with wave.open(recording) as file:
        pcm = file.readframes(file.getnframes())
    alexa = import_client(ca)(config)
    alexa.set_state_listener(States())
    alexa.start()
    for line in sys.stdin:
        match line.strip():
            case "say":
                say(alexa, pcm)
            case "report":
                alexa.System.SynchronizeState()
            case "ping":
                alexa._ping_time = datetime.datetime.utcnow()  # at once, not four minutes later
    alexa.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
