"""What an audit finds: the kinds of findings, and their text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from preprocessing.system.printable import printable

__all__ = ["Finding", "Kind"]


class Kind(str, Enum):
    """What is wrong."""

    #: It should be there and is not.
    MISSING = "missing"
    #: It is there, but no record mentions it.
    EXTRA = "extra"
    #: Its content has changed since it was written.
    DAMAGED = "damaged"
    #: It is sound in itself, but contradicts another record.
    DISAGREES = "disagrees"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Parameters
    ----------
    kind : Kind
        In which of four ways it is wrong.
    what : str
        Path of the file, or name of the target.
    text : str
        What is wrong with it.
    """

    kind: Kind
    what: str
    text: str

    def __str__(self) -> str:
        # One line, whatever a damaged file holds.
        return printable(f"{self.kind}: {self.what}: {self.text}")
