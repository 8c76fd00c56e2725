"""Google's sample `pushtotalk` of the Assistant, as published; run by build/voice-clients' Python.

assistant.py NAME_OF_SERVICE CREDENTIALS CA WAV: says the recording once, as fast as the sample does
(twice its speed), then silence until the service has heard enough. On its standard output: a JSON
line for each thing that it logs, with the monotonic clock.
"""

import json
import logging
import os
import runpy
import sys
import time
import types
import warnings

DEADLINE = "20"
"""Seconds after which it gives up; the sample's own are 185."""
WORDS = {
    "Recording audio request.": "listening",
    "End of audio request detected.": "heard",
    "Finished playing assistant response.": "finished",
    "grpc unavailable error: %s": "lost",
}


def tell(what: str, **more: str) -> None:
    """Print one thing that happened."""
    print(json.dumps({"at": time.monotonic(), "what": what, **more}), flush=True)


class Listener(logging.Handler):
    """Tells what the sample logs."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell what is known by a word."""
        if record.msg in WORDS:
            error = {"error": record.args[0].code().name} if record.args else {}
            tell(WORDS[record.msg], **error)


def main(service: str, credentials: str, ca: str, recording: str) -> None:
    """Run the sample."""
    warnings.simplefilter("ignore")
    os.environ |= {
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": ca,
        "REQUESTS_CA_BUNDLE": ca,
        "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python",
    }
    sys.modules["sounddevice"] = types.ModuleType("sounddevice")  # there is no sound card
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(Listener())
    sys.argv = [
        "pushtotalk",
        *("--api-endpoint", service, "--credentials", credentials),
        *("--device-id", "d", "--device-model-id", "m", "--grpc-deadline", DEADLINE),
        *("-i", recording, "-o", os.devnull),
    ]
    try:
        runpy.run_module("googlesamples.assistant.grpc.pushtotalk", run_name="__main__")
    except Exception as error:
        code = getattr(error, "code", None)
        tell("gave-up", error=code().name if callable(code) else type(error).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
