"""Errors split by whose fault they are; the network's is in wire.errors."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong in something the user wrote, with the place and the way out."""

    message: str
    """What is wrong and what was expected, e.g. ``unknown key "widows"; nearest: "windows"``."""
    file: str | None = None
    line: int | None = None
    """One-based."""
    column: int | None = None
    """One-based."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{place}: {self.message}" if place else self.message


class ConfigError(Exception):
    """The user's fault: carries every complaint, not only the first."""

    def __init__(self, *complaints: Complaint) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self.complaints = complaints


class UnavailableError(Exception):
    """An outside thing is missing or down; the message says which, and how to get it."""


def why(error: OSError) -> str:
    """Say in words what the machine refused; the caller says of what."""
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case PermissionError():
            return "no right to do that; try as root"
        case IsADirectoryError():
            return "it is a directory, not a file"
        case NotADirectoryError() | FileExistsError():
            return "a file is where a directory should be"
    return error.strerror or str(error)


class RequestError(ValueError):
    """The owner asked for something that makes no sense; the message names the way out."""
