"""Make the report of a data set: one HTML file, from its records and tables alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from preprocessing.core.errors import UsageError, XenoscanError
from preprocessing.report.html.drawing.blocks import Section, lacking
from preprocessing.report.html.drawing.markup import Markup
from preprocessing.report.html.page import is_report, page
from preprocessing.report.html.records.dataset_records import DatasetRecords, read_records
from preprocessing.report.html.records.places import ReportPlaces
from preprocessing.report.html.sections.features import feature_section
from preprocessing.report.html.sections.heading import command_section, heading, title_alone
from preprocessing.report.html.sections.labels import label_section
from preprocessing.report.html.sections.noise import noise_section
from preprocessing.report.html.sections.outcomes import outcome_section
from preprocessing.report.html.sections.provenance import provenance_section
from preprocessing.report.html.sections.quarters import quarter_section
from preprocessing.report.html.sections.ranking import ranking_section
from preprocessing.report.html.sections.run_history import run_section
from preprocessing.report.html.sections.validation import validation_section
from preprocessing.system.atomic import make_folder, write_atomically
from preprocessing.system.foreign import foreign_content

__all__ = ["WrittenReport", "write_report"]

#: What may be wrong with tables and records of any origin. A bug of ours that raises one of these
#: costs a section, and is stated in its place.
_DAMAGE = (XenoscanError, OSError, ValueError, LookupError, TypeError, ArithmeticError)
#: The sections of the page, in order: anchor, title, and what makes them.
_SECTIONS: tuple[tuple[str, str, Callable[[DatasetRecords], Section]], ...] = (
    ("outcomes", "Outcomes", outcome_section),
    ("quarters", "Files by quarter", quarter_section),
    ("run", "Runs", run_section),
    ("ranking", "The strangest stars", ranking_section),
    ("vetting", "Labels and candidates", label_section),
    ("noise", "Magnitude and noise", noise_section),
    ("features", "Features", feature_section),
    ("validation", "Validation", validation_section),
    ("commands", "Commands", command_section),
    ("provenance", "Provenance and citation", provenance_section),
)


@dataclass(frozen=True)
class WrittenReport:
    """A report that was written.

    Parameters
    ----------
    path : Path
        The file.
    n_bytes : int
        Its length.
    lacking : tuple of str
        Titles of the sections that only say what is not there.
    """

    path: Path
    n_bytes: int
    lacking: tuple[str, ...]


def write_report(places: ReportPlaces) -> WrittenReport:
    """Write the report of a data set; what cannot be shown is stated in it.

    Parameters
    ----------
    places : ReportPlaces
        Where its records are, and where it goes. An earlier report is replaced in one step.

    Raises
    ------
    UsageError
        A file of somebody else has the report's name.
    OSError
        The report cannot be written.
    """
    foreign = foreign_content(places.page, is_report)
    if foreign is not None:
        raise UsageError(
            f"{places.page} is not a report of this program, but {foreign}. It stays as it is: move"
            " it away"
        )
    records = read_records(places)
    sections = [_made(*one, records) for one in _SECTIONS]
    content = page(places.name, _head(records), sections)
    make_folder(places.page.parent)
    write_atomically(places.page, content)
    missing = tuple(one.title for one in sections if one.is_lacking)
    return WrittenReport(places.page, len(content), missing)


def _head(records: DatasetRecords) -> Markup:
    try:
        return heading(records)
    except _DAMAGE as error:
        return title_alone(records, f"{type(error).__name__}: {error}")


def _made(
    anchor: str, title: str, make: Callable[[DatasetRecords], Section], records: DatasetRecords
) -> Section:
    try:
        return make(records)
    except _DAMAGE as error:
        return lacking(anchor, title, f"This cannot be shown ({type(error).__name__}: {error}).")
