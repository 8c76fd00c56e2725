"""`python -m tests.commands.askall`: runs many commands in one process, as an ordinary user would.

In: lists of words on the standard input, as JSON. Out: for each its exit status, what it said, and
the traceback of what it did not catch. Root gives up its rights first: they open any file.
"""

import io
import json
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout

from hushgate.adapters.privileges import keep_only
from hushgate.cli import main


def run(words: list[str]) -> dict[str, object]:
    """Run a command."""
    said, status, trace = io.StringIO(), None, ""
    with redirect_stdout(said), redirect_stderr(said):
        try:
            status = main(words)
        except SystemExit as end:
            status = end.code
        except Exception:
            trace = traceback.format_exc()
    return {"status": status, "said": said.getvalue(), "trace": trace}


if __name__ == "__main__":
    keep_only()
    json.dump([run(words) for words in json.load(sys.stdin)], sys.stdout)
