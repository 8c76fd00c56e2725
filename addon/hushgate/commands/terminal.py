"""What people read and type: lines that fit their terminal, help, words of options."""

import argparse
import re
import shutil
import sys
import textwrap
from collections.abc import Callable
from enum import StrEnum

from hushgate.core.words import suggest

_HANG = 4


def one_of[E: StrEnum](words: type[E]) -> Callable[[str], E]:
    """Return a type for an option whose value is one of some words; a mistake names them."""

    def read(text: str) -> E:
        try:
            return words(text)
        except ValueError:
            hint = suggest(text, list(words))
            raise argparse.ArgumentTypeError(f'"{text}" is none of its words{hint}') from None

    return read


def say(text: str, *, hang: int | None = None) -> None:
    """Print one line; what does not fit hangs below, `hang` columns in (else after its indent)."""
    if sys.stdout.isatty():
        hang = len(text) - len(text.lstrip()) + _HANG if hang is None else hang
        text = _wrapped(text, shutil.get_terminal_size().columns, hang)
    print(text)


def _wrapped(text: str, width: int, hang: int) -> str:
    return textwrap.fill(
        text,
        max(width, hang + 20),
        subsequent_indent=" " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


class Help(argparse.HelpFormatter):
    """The help of a command: paragraphs are filled; of lines that are indented, each stays one."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(
            "\n".join(
                _wrapped(line, width, _second_column(line)) for line in paragraph.splitlines()
            )
            if "\n  " in paragraph
            else super(Help, self)._fill_text(paragraph, width, indent)
            for paragraph in text.strip().split("\n\n")
        )


def _second_column(line: str) -> int:
    """Return where the text begins in a row such as ``  word   its text``."""
    match = re.match(r" *(?:\S+ {2,})?", line)
    return match.end() if match else 0
