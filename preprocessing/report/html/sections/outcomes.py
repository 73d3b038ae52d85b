"""The section about outcomes: how many stars are complete, and why the others are not."""

from __future__ import annotations

from preprocessing.core.reasons import Reason
from preprocessing.report.html.drawing.blocks import (
    Cell,
    Section,
    command,
    facts,
    lacking,
    paragraph,
    shown_share,
    table,
)
from preprocessing.report.html.drawing.markup import Markup, element, joined
from preprocessing.report.html.drawing.numbers import counted, number, percent, size
from preprocessing.report.html.records.dataset_records import DatasetRecords
from preprocessing.report.html.records.outcomes import OutcomeRecords, ReasonCount
from preprocessing.report.html.records.places import ReportPlaces

__all__ = ["outcome_section"]

_ANCHOR, _TITLE = "outcomes", "Outcomes"
#: What reasons mean, in a few words; docs/reference/reasons.md says more.
_WORDS = {
    Reason.COMPLETE: "every file that the archive lists",
    Reason.PARTIAL: "a light curve that lacks files",
    Reason.NO_ROWS: "the search listed nothing, not confirmed yet",
    Reason.NO_DATA: "the archive has no light curve",
    Reason.NO_SUCH_CADENCE: "none at this cadence",
    Reason.NO_SUCH_SEQUENCE: "none of these quarters, campaigns or sectors",
    Reason.NO_USABLE_ROWS: "every row is masked or without time",
    Reason.UNKNOWN_NAME: "a name that nobody knows",
    Reason.AMBIGUOUS_NAME: "two stars at the position",
    Reason.INVALID_TARGET: "no name of a target",
    Reason.FOREIGN_FILE: "a file of somebody else has the output's name",
    Reason.TIMEOUT: "no progress within the time-out",
    Reason.ARCHIVE_ERROR: "the archive refused or failed",
    Reason.NOT_FOUND: "the archive lists a file and lacks it",
    Reason.CORRUPT: "a file is damaged",
    Reason.UNUSUAL_MEDIAN: "a median that cannot normalize",
    Reason.WRONG_PRODUCT: "an intact file of something else",
    Reason.UNREADABLE: "an intact file that cannot be stitched",
}


def outcome_section(records: DatasetRecords) -> Section:
    """Return what became of the targets.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    found = records.outcomes
    if found is None or not found.n_targets:
        why = "No outcome of a download is recorded."
        return lacking(_ANCHOR, _TITLE, why, records.places.download)
    return Section(
        _ANCHOR,
        _TITLE,
        (
            facts(_numbers(found)),
            _reasons(found),
            paragraph(f"The first was finished {found.first}, and the last {found.last} (UTC)."),
            *_retries(found, records.places),
            *(
                [
                    paragraph(
                        f"{counted(found.n_unread, 'line')} of the results cannot be read;"
                        " xenoscan verify says which."
                    )
                ]
                if found.n_unread
                else []
            ),
        ),
    )


def _numbers(found: OutcomeRecords) -> list[tuple[str, str]]:
    share = found.n_files_used / found.n_files_found if found.n_files_found else None
    return [
        ("files that are listed", number(found.n_files_found)),
        ("in light curves", f"{number(found.n_files_used)} ({percent(share)})"),
        ("received", size(found.n_bytes)),
        ("requests repeated", number(found.n_retries)),
    ]


def _reasons(found: OutcomeRecords) -> Markup:
    rows: list[tuple[Cell, ...]] = [
        (
            joined(element("code", str(one.reason)), element("br"), _WORDS[one.reason]),
            one.n,
            shown_share(one.n / found.n_targets, _color(one)),
            _named(one),
            one.example or None,
        )
        for one in found.reasons
    ]
    return table(
        "Targets by outcome, the most frequent first.",
        ("outcome", "targets", "share", "for example", "what was said of the first"),
        rows,
    )


def _color(one: ReasonCount) -> str:
    if one.reason is Reason.COMPLETE:
        return "blue"
    return "amber" if one.reason is Reason.PARTIAL else "red"


def _named(one: ReasonCount) -> str:
    more = one.n - len(one.named)
    return ", ".join(one.named) + (f" and {more:,} more" if more else "")


def _retries(found: OutcomeRecords, places: ReportPlaces) -> list[Markup]:
    """Return the commands that try again what is not complete."""
    rest = [one for one in found.reasons if one.reason is not Reason.COMPLETE]
    n_final = sum(one.n_final for one in rest)
    n_hopeful = sum(one.n for one in rest) - n_final
    start = places.download
    lines = []
    if n_hopeful:
        lines.append(
            paragraph(
                f"{counted(n_hopeful, 'target')} failed for reasons that may pass. To try them"
                " again: ",
                command(f"{start} --resume"),
            )
        )
    if n_final:
        lines.append(
            paragraph(
                f"Another try will hardly change {counted(n_final, 'other')}. To try all that are"
                " not complete nevertheless: ",
                command(f"{start} --retry-failed"),
            )
        )
    if not rest:
        lines.append(paragraph("Nothing is left to try again."))
    return lines
