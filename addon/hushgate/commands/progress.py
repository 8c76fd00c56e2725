"""A progress bar on stderr, where somebody is watching."""

import sys
from types import TracebackType

_WIDTH = 30


class ProgressBar:
    """Shows how far a long work is; prints nothing unless stderr is a terminal."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._shown = ""
        self._visible = sys.stderr.isatty()

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._write("")

    def __call__(self, done: int, total: int | None) -> None:
        """Show how much is done; without a total only the amount."""
        if not self._visible:
            return
        if total:
            share = min(done / total, 1.0)
            bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, ".")
            text = f"{self._label} [{bar}] {share:4.0%}"
        else:
            text = f"{self._label} {done / 1e6:,.1f} MB"
        if text != self._shown:
            self._write(text)

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r{text.ljust(len(self._shown))}" + ("" if text else "\r"))
        sys.stderr.flush()
        self._shown = text
