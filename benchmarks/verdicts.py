"""What became of a star under a fault, decided by what is on disk and what was said."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Evidence", "Verdict", "gather", "judge"]

#: Said by a program that has not given up.
_WAITING = ("waiting", "trying again", "retry", "asked again", "asking again")


class Verdict(enum.Enum):
    """What happened, in the words of the table."""

    RECOVERED = "recovered"
    REPORTED = "error reported"
    DAMAGED = "error reported, damaged file left"
    TRUSTED = "**damaged file trusted**"
    LOST = "**lost silently**"
    WAITING = "still trying, and says so"
    HUNG = "**hung**"
    NOT_MET = "not met"


@dataclass(frozen=True)
class Evidence:
    """What a program left behind.

    Parameters
    ----------
    status : int or None
        Exit status; None if it was still running at the end of its time.
    right, wrong, absent : int
        Expected files that are whole and the same to the last bit, that are at their
        final path and differ, and that are not there.
    said : str
        Its standard output and error.
    """

    status: int | None
    right: int
    wrong: int
    absent: int
    said: str


def gather(truth: Mapping[str, bytes], folder: Path, status: int | None, said: str) -> Evidence:
    """Look at what is on disk.

    Parameters
    ----------
    truth : mapping of str to bytes
        The expected files, by name.
    folder : Path
        Any tree with the program's files at their final paths.
    status, said
        As in `Evidence`.
    """
    found = {path.name: path for path in folder.rglob("*.fits")}
    present = {name: found[name].read_bytes() for name in truth if name in found}
    right = sum(present[name] == truth[name] for name in present)
    return Evidence(status, right, len(present) - right, len(truth) - len(present), said)


def judge(evidence: Evidence) -> Verdict:
    """Decide.

    Examples
    --------
    >>> judge(Evidence(status=0, right=1, wrong=1, absent=0, said="")).name
    'TRUSTED'
    """
    if evidence.status is None:
        said = evidence.said.lower()
        return Verdict.WAITING if any(word in said for word in _WAITING) else Verdict.HUNG
    if evidence.status == 0:
        if evidence.wrong:
            return Verdict.TRUSTED
        return Verdict.LOST if evidence.absent else Verdict.RECOVERED
    return Verdict.DAMAGED if evidence.wrong else Verdict.REPORTED
