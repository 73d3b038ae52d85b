"""A report for the methods section of a paper: text, tables, figures, provenance, references."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from preprocessing.features.schema import FEATURES
from preprocessing.report.citations import known_authors, references
from preprocessing.report.figures import figures_of
from preprocessing.report.methods_text import text
from preprocessing.report.provenance import find_provenance, provenance_tables
from preprocessing.report.sample_tables import sample_tables
from preprocessing.report.sources import STAGES, read_sources
from preprocessing.report.validation_tables import validation_tables
from preprocessing.system.atomic import make_folder, write_atomically

__all__ = ["Methods", "write_methods"]

_TEXT, _REFERENCES, _PROVENANCE = "methods.tex", "references.bib", "provenance.json"


@dataclass(frozen=True)
class Methods:
    """What was written.

    Parameters
    ----------
    files : tuple of Path
        The files, in the order in which they were written.
    not_run : tuple of str
        Commands whose tables were not there, so that the report lacks them.
    """

    files: tuple[Path, ...]
    not_run: tuple[str, ...]


def write_methods(root: Path, folder: Path) -> Methods:
    """Write a report of a data set's tables into a folder.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    folder : Path
        Where the files are written; it is made if need be, and files of their names are replaced.

    Raises
    ------
    UsageError
        A table is missing, damaged, of another version, or not of the same light curves. Nothing
        was written.
    OSError
        A file cannot be read or written.
    """
    sources = read_sources(root)
    found = find_provenance(root, sources)
    tables = [*sample_tables(sources), *validation_tables(sources), *provenance_tables(found)]
    figures = list(figures_of(sources))
    contents: dict[str, bytes] = {}
    for table in tables:
        contents[f"tables/{table.name}.csv"] = table.as_csv().encode()
        contents[f"tables/{table.name}.tex"] = table.as_latex().encode()
    for figure in figures:
        stream = BytesIO()
        figure.write(stream)
        contents[f"figures/{figure.name}.pdf"] = stream.getvalue()
    rows = sources[FEATURES].read(["mission", "author"])
    authors = known_authors(zip(*(rows[one].to_pylist() for one in rows.column_names), strict=True))
    contents[_TEXT] = text(sources, found, authors, [*tables, *figures]).encode()
    contents[_REFERENCES] = references(authors).encode()
    contents[_PROVENANCE] = found.as_json().encode()
    for name, content in contents.items():
        make_folder((folder / name).parent)
        write_atomically(folder / name, content)
    not_run = tuple(stage.command for stage in STAGES if stage.tables[0] not in sources)
    return Methods(tuple(folder / name for name in contents), not_run)
