"""The outcome of one target: a row of the results, the table that acquisition writes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from preprocessing.core.file_record import FileRecord
from preprocessing.core.reasons import TRANSIENT, Reason

__all__ = [
    "COLUMNS",
    "FIRST_COLUMNS",
    "PARSERS",
    "REASONS",
    "OutputFile",
    "Provenance",
    "TargetOutcome",
    "describe_failures",
    "describe_files",
    "is_final",
    "parse_failures",
    "parse_outcome",
]

#: The most characters of one cause in the column ``error``, and of all causes of a target.
_LONGEST_CAUSE, _LONGEST_CAUSES = 200, 4000
#: Reasons by their text in files.
REASONS = {str(reason): reason for reason in Reason}


@dataclass(frozen=True)
class OutputFile:
    """An output as it was written.

    Parameters
    ----------
    name : str
        The file's name in the output folder.
    bytes : int
        Its size.
    sha256 : str
        Its digest, in hexadecimal.
    """

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """The files behind an outcome.

    Parameters
    ----------
    number : int
        The star's number in the mission's catalog.
    output : OutputFile or None
        The output; None if there is none.
    quarters : tuple of FileRecord
        One record for each file that the archive lists, in the order of the QUARTERS table.
    is_new : bool
        Whether this run wrote the output. Otherwise an earlier run did.
    same_as : str
        The target that has the output and the records, if this target is another name for
        its star; else empty.
    author, cadence : str
        Author and cadence of the files.
    left_out : tuple of str
        Names of the author's files that must not be stitched with these.
    took_over : bool
        Whether there was a previous output whose files may have been reused.
    """

    number: int
    output: OutputFile | None = None
    quarters: tuple[FileRecord, ...] = ()
    is_new: bool = True
    same_as: str = ""
    author: str = ""
    cadence: str = ""
    left_out: tuple[str, ...] = ()
    took_over: bool = False

    @property
    def lacks_fetch_times(self) -> bool:
        """Whether the fetch time of a file from a previous output is unknown."""
        return any(record.taken_over and record.fetched is None for record in self.quarters)


@dataclass(frozen=True, slots=True)
class TargetOutcome:
    """The outcome of one target: one row of the results.

    Parameters
    ----------
    target_id : str
        The target as the user named it.
    success : bool
        Whether there is an output file.
    n_points : int
        Rows of the stitched light curve.
    duration_days : float
        Days from the first time to the last.
    filepath : str
        The output file; empty if there is none.
    error : str
        What went wrong, as text: the failed and the unusual files with their reasons and causes,
        as in ``Q4 not_found; Q8 corrupt: 11520 bytes where the headers announce 498240``.
    download_time : float
        Seconds from the answer of the search to the finished output.
    timestamp : str
        When the target was finished: ISO 8601, UTC.
    reason : Reason
        The outcome in one word, from a closed set.
    quarters_found, quarters_used, quarters_failed : int
        Files (quarters, campaigns or sectors) that the archive lists, that were stitched, and
        that failed.
    bytes : int
        Bytes received, including those of repeated attempts.
    retries : int
        Number of repeated requests.
    catalog_number : int or None
        The star's KIC, EPIC or TIC number; None if it is not known.
    mission : str
        The mission that was searched, such as ``Kepler``.
    author : str
        The author of the stitched files, such as ``SPOC``; empty if there were none.
    cadence : str
        ``long``, ``short`` or ``fast``; empty if there were no files.
    exposure_s : float or None
        Time between two rows, in seconds; None if there were no files.
    flux_column : str
        The flux column that was stitched, such as ``PDCSAP_FLUX``; empty if there were no files.
    n_finite : int
        Rows of the light curve with a finite flux.
    files_left_out : int
        Files of the same author that were not stitched with the others: they have another
        exposure time, are older versions, or lack the flux column.
    provenance : Provenance or None
        The files behind the outcome, for the manifest; not a column of the results.
    """

    target_id: str
    success: bool
    n_points: int
    duration_days: float
    filepath: str
    error: str
    download_time: float
    timestamp: str
    reason: Reason
    quarters_found: int = 0
    quarters_used: int = 0
    quarters_failed: int = 0
    bytes: int = 0
    retries: int = 0
    catalog_number: int | None = None
    mission: str = ""
    author: str = ""
    cadence: str = ""
    exposure_s: float | None = None
    flux_column: str = ""
    n_finite: int = 0
    files_left_out: int = 0
    provenance: Provenance | None = field(default=None, compare=False, repr=False)

    @property
    def has_unusual_median(self) -> bool:
        """Whether the median of a file that was used is negative, zero, infinite or NaN."""
        return any(reason is Reason.UNUSUAL_MEDIAN for _, reason in parse_failures(self.error))

    @property
    def lacks_flux(self) -> bool:
        """Whether there are points, but none with a finite flux."""
        return self.n_points > 0 and self.n_finite == 0

    @property
    def is_final(self) -> bool:
        """Whether another attempt could not change the outcome.

        Examples
        --------
        >>> def partial(error):
        ...     return TargetOutcome("a", True, 9, 1.0, "f", error, 1.0, "", Reason.PARTIAL)
        >>> partial("Q4 not_found").is_final, partial("Q4 timeout").is_final
        (True, False)
        """
        return is_final(self.reason, self.error)

    @property
    def missing_files(self) -> tuple[Reason, ...]:
        """Why files of a partial target are missing, each.

        Examples
        --------
        >>> partial = TargetOutcome(
        ...     "a", True, 9, 1.0, "f", "Q4 timeout; Q9 corrupt", 1.0, "", Reason.PARTIAL
        ... )
        >>> [str(reason) for reason in partial.missing_files]
        ['timeout', 'corrupt']
        """
        if self.reason is not Reason.PARTIAL:
            return ()
        failures = parse_failures(self.error)
        return tuple(reason for _, reason in failures if reason is not Reason.UNUSUAL_MEDIAN)

    @property
    def timed_out(self) -> bool:
        """Whether a file is missing because it did not come in time.

        Examples
        --------
        >>> TargetOutcome("a", True, 9, 1.0, "f", "Q4 timeout", 1.0, "", Reason.PARTIAL).timed_out
        True
        """
        if self.reason is not Reason.PARTIAL:
            return self.reason is Reason.TIMEOUT
        return any(reason is Reason.TIMEOUT for _, reason in parse_failures(self.error))


#: Columns of the results, in order.
COLUMNS = tuple(column.name for column in fields(TargetOutcome) if column.name != "provenance")

#: Columns of the results of version 0.2. Such a file keeps them when a later version goes on
#: with it, because the manifest vouches for its rows byte by byte.
FIRST_COLUMNS = COLUMNS[: COLUMNS.index("retries") + 1]


def _int_or_none(cell: str) -> int | None:
    return int(cell) if cell else None


def _float_or_none(cell: str) -> float | None:
    return float(cell) if cell else None


#: Functions that read the cells of columns other than text.
PARSERS: Mapping[str, Callable[[str], object]] = {
    "success": {"True": True, "False": False}.__getitem__,
    "reason": REASONS.__getitem__,
    "duration_days": float,
    "download_time": float,
    "n_points": int,
    "quarters_found": int,
    "quarters_used": int,
    "quarters_failed": int,
    "bytes": int,
    "retries": int,
    "catalog_number": _int_or_none,
    "exposure_s": _float_or_none,
    "n_finite": int,
    "files_left_out": int,
}


def parse_outcome(cells: Mapping[str, str]) -> TargetOutcome:
    """Return the outcome in the cells of one row.

    Parameters
    ----------
    cells : mapping of str to str
        The text of each cell by the name of its column.

    Raises
    ------
    ValueError, KeyError
        A cell does not have a valid value for its column.
    TypeError
        A required column is missing, or a column is unknown to this version.

    Examples
    --------
    >>> row = ["KIC 1", "False", "0", "0.0", "", "no such star", "0.1", "2026-01-02T03:04:05Z"]
    >>> parse_outcome(dict(zip(COLUMNS, [*row, "no_data"]))).reason
    <Reason.NO_DATA: 'no_data'>
    """
    values: dict[str, Any] = {
        name: PARSERS[name](cell) if name in PARSERS else cell for name, cell in cells.items()
    }
    return TargetOutcome(**values)


def describe_failures(failures: Iterable[tuple[str, Reason]]) -> str:
    """Return the text of the column ``error`` for a target with missing files.

    Parameters
    ----------
    failures : iterable of (str, Reason)
        The label of each missing file, such as ``Q4``, and why it is missing.

    Examples
    --------
    >>> describe_failures([("Q4", Reason.NOT_FOUND), ("Q8", Reason.TIMEOUT)])
    'Q4 not_found; Q8 timeout'
    """
    return "; ".join(f"{label} {reason}" for label, reason in failures)


def is_final(reason: Reason, error: str) -> bool:
    """Tell whether another try could change nothing, from these two cells of an outcome.

    Parameters
    ----------
    reason : Reason
        The cell ``reason``.
    error : str
        The cell ``error``, which names the reasons of a partial target's missing files.
    """
    if reason is Reason.PARTIAL:
        return TRANSIENT.isdisjoint(reason for _, reason in parse_failures(error))
    return reason not in TRANSIENT


def describe_files(records: Iterable[FileRecord]) -> str:
    """Return the text of the column ``error`` for a target with missing or unusual files.

    Parameters
    ----------
    records : iterable of FileRecord
        The target's files.

    Examples
    --------
    >>> record = FileRecord(4, None, "", "", "used", Reason.UNUSUAL_MEDIAN, median=-2.5,
    ...                     label="Q4", sort_key=(4, ""))
    >>> describe_files([record])
    'Q4 unusual_median: the median is -2.5'
    """
    texts, n_left = [], _LONGEST_CAUSES
    for record in records:
        if record.reason is None:
            continue
        text = f"{record.label} {record.reason}"
        cause = " ".join(_cause(record).replace(";", ",").split())[:_LONGEST_CAUSE]
        # The reasons must all be there: they tell whether the target is worth another attempt.
        if cause and len(cause) <= n_left:
            n_left -= len(cause)
            text = f"{text}: {cause}"
        texts.append(text)
    return "; ".join(texts)


def _cause(record: FileRecord) -> str:
    if record.reason is not Reason.UNUSUAL_MEDIAN:
        return record.cause
    if math.isnan(record.median):
        return "no flux is finite"
    return f"the median is {record.median:g}"


def parse_failures(error: str) -> list[tuple[str, Reason]]:
    """Return the label and the reason of each file in the column ``error``, without its cause.

    Parameters
    ----------
    error : str
        The cell, as `describe_files` writes it. What else is in it is left out.

    Examples
    --------
    >>> parse_failures("Q4 corrupt: 3 bytes; Q8 timeout; same star as Kepler-10 (KIC 11904151)")
    [('Q4', <Reason.CORRUPT: 'corrupt'>), ('Q8', <Reason.TIMEOUT: 'timeout'>)]
    """
    heads = (part.partition(":")[0].rpartition(" ") for part in error.split(";"))
    return [(label.strip(), REASONS[word]) for label, _, word in heads if word in REASONS]
