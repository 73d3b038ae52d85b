"""The head of a report: what it is about, how much there is, and which commands made it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from preprocessing._version import __version__
from preprocessing.anomalies.schema import RANKING
from preprocessing.core.reasons import Reason
from preprocessing.features.schema import FEATURES
from preprocessing.report.html.drawing.blocks import Cell, Section, command, facts, table
from preprocessing.report.html.drawing.markup import Markup, element
from preprocessing.report.html.drawing.numbers import duration, number
from preprocessing.report.html.records.dataset_records import DatasetRecords
from preprocessing.report.html.records.tables import strings
from preprocessing.system.waiting import utc_now
from preprocessing.tables.curve_rows import NAME
from preprocessing.vetting.schema import DISPOSITIONS

__all__ = ["command_section", "heading", "is_synthetic", "title_alone"]

#: Commands that are listed; of more, the last.
_MOST_COMMANDS = 30
#: What exit statuses mean: see `preprocessing.cli.exit_codes`.
_ENDS = {0: "well", 1: "something is missing", 2: "refused", 130: "interrupted"}


def heading(records: DatasetRecords) -> Markup:
    """Return the head of the page.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    made_up = is_synthetic(records)
    return element(
        "header",
        element("h1", records.places.name),
        element(
            "p",
            f"Report of XENOSCAN {__version__}, made {utc_now()}. Numbers are those of the records"
            " and tables of the data set; nothing was computed again.",
            class_="subtitle",
        ),
        element("p", made_up, class_="synthetic") if made_up else None,
        facts(list(_facts(records))),
        [element("p", problem, class_="problem") for problem in records.problems],
        class_="top",
    )


def title_alone(records: DatasetRecords, trouble: str) -> Markup:
    """Return the head of a page that can say nothing more of its subject.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    trouble : str
        Why.
    """
    return element(
        "header",
        element("h1", records.places.name),
        element("p", f"The head of this report cannot be shown ({trouble}).", class_="problem"),
        class_="top",
    )


def is_synthetic(records: DatasetRecords) -> str:
    """Return what to say of light that a program made up; empty if none is.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    if FEATURES in records.tables:
        found = strings(records.tables[FEATURES].read(["synthetic"]), "synthetic")
        n = sum(map(bool, found))
        if n and n < len(found):
            return f"SYNTHETIC: a program made up {n:,} of these {len(found):,} light curves."
        if n:
            return "SYNTHETIC: a program made up these light curves. They are no observations."
    if records.manifest is not None and records.manifest.is_synthetic:
        return "SYNTHETIC: a program made up light of this data set. It is no observation."
    return ""


def _facts(records: DatasetRecords) -> Iterator[tuple[str, str]]:
    found = records.outcomes
    if found is not None:
        yield "targets", number(found.n_targets)
        yield "complete", number(found.count(Reason.COMPLETE))
        yield "partial", number(found.count(Reason.PARTIAL))
        yield "without light curve", number(found.n_failed)
    if records.manifest is not None and records.manifest.worst is not None:
        yield "worst quarter", records.manifest.worst.label
    tables = records.tables
    if FEATURES in tables and found is None:
        yield "light curves", number(len(tables[FEATURES].read([NAME])))
    if DISPOSITIONS in tables:
        kinds = strings(tables[DISPOSITIONS].read(["disposition"]), "disposition")
        yield "planet candidates", number(kinds.count("planet_candidate"))
    if RANKING in tables:
        flagged = strings(
            tables[RANKING].read(["is_flagged_unexplained"]), "is_flagged_unexplained"
        )
        yield "strange, unexplained", number(flagged.count(True))


def command_section(records: DatasetRecords) -> Section:
    """Return the commands that were run.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    shown = records.commands[-_MOST_COMMANDS:]
    rows: list[tuple[Cell, ...]] = [
        (
            one.time,
            None if one.seconds is None else duration(one.seconds),
            None if one.status is None else _ENDS.get(one.status, f"exit status {one.status}"),
            _typed(one.name, one.words),
            one.program,
        )
        for one in shown
    ]
    which = (
        "Commands that were run on the data set, as they were recorded."
        if len(shown) == len(records.commands)
        else f"The last {_MOST_COMMANDS} of {len(records.commands):,} commands that were recorded."
    )
    body = table(
        f"{which} A download is listed by when it began, and others by when they ended.",
        ("time (UTC)", "took", "ended", "command", "program"),
        rows,
    )
    nothing = element("p", "No command is recorded.", class_="lacking")
    return Section("commands", "Commands", (body if rows else nothing,))


def _typed(name: str, words: tuple[str, ...]) -> Markup:
    given = shlex.join(words) if words else "(called from Python)"
    return command(f"xenoscan {name} {given}")
