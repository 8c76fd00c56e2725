"""Entry for ``mitmdump -s``: the stream plane inside somebody else's mitmproxy."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from hushgate.standalone import Standalone

addons = [Standalone()]
