"""The section about provenance: versions, digests and seeds, and how to cite."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from preprocessing._version import __version__
from preprocessing.features.schema import FEATURES
from preprocessing.missions import Author
from preprocessing.report.citations import known_authors, own_entry
from preprocessing.report.html.drawing.blocks import (
    Cell,
    Section,
    grid,
    paragraph,
    scrolling,
    table,
)
from preprocessing.report.html.drawing.markup import Markup, element
from preprocessing.report.html.records.dataset_records import DatasetRecords
from preprocessing.report.html.records.tables import strings

__all__ = ["provenance_section"]

_PACKAGES = ("numpy", "scipy", "numba", "pyarrow", "scikit-learn", "shap")


def provenance_section(records: DatasetRecords) -> Section:
    """Return what makes the numbers of the report citable and repeatable.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    return Section(
        "provenance",
        "Provenance and citation",
        (
            grid(_inputs(records), _software(records), class_="beside"),
            *_citation(records),
        ),
    )


def _inputs(records: DatasetRecords) -> Markup:
    rows: list[tuple[Cell, ...]] = [
        (source.path.name, source.n_bytes, element("code", source.sha256))
        for source in records.tables.sources.values()
    ]
    manifest = records.manifest
    if manifest is not None:
        name = records.places.manifest.name
        rows.insert(0, (name, manifest.n_bytes, element("code", manifest.sha256)))
        if manifest.chain:
            rows.insert(1, ("last link of its chain", None, element("code", manifest.chain)))
    return table("Files that this report was made from.", ("file", "bytes", "SHA-256"), rows)


def _software(records: DatasetRecords) -> Markup:
    rows: list[tuple[Cell, ...]] = [
        ("xenoscan, of this report", __version__),
        ("Python", platform.python_version()),
    ]
    for name in _PACKAGES:
        try:
            rows.append((name, version(name)))
        except PackageNotFoundError:
            continue
    rows += [(f"version of {name}", number) for name, number in _table_versions(records)]
    rows += [
        (f"seed of {name}: {key}", value)
        for name, source in records.tables.sources.items()
        for key, value in source.about.items()
        if key.endswith("seed") and name in ("ranking", "validation_recall")
    ]
    if records.manifest is not None and records.manifest.releases:
        shown = ", ".join(f"{one} ({n:,})" for one, n in records.manifest.releases.items())
        rows.append(("data releases, with files", shown))
    return table("Software, versions and seeds.", ("what", "version"), rows)


def _table_versions(records: DatasetRecords) -> list[tuple[str, str]]:
    found = {}
    for source in records.tables.sources.values():
        for key, value in source.about.items():
            if key.startswith("xenoscan_"):
                found[key.removeprefix("xenoscan_").replace("_", " ")] = value
    return list(found.items())


def _citation(records: DatasetRecords) -> list[Markup]:
    authors = [author for author in _authors(records) if author.doi]
    data = "; ".join(f"{author.name}: https://doi.org/{author.doi}" for author in authors)
    own = "These light curves were made up by a program: do not cite them as observations. "
    is_made_up = records.manifest is not None and records.manifest.is_synthetic
    return [
        element("h3", "How to cite"),
        paragraph(
            own if is_made_up else None,
            f"XENOSCAN {__version__}, The XENOSCAN developers, MIT license (CITATION.cff).",
            f" The data: {data}." if data and not is_made_up else None,
        ),
        scrolling(element("pre", element("code", _lines(own_entry(authors)))), "BibTeX entries"),
    ]


def _lines(content: str) -> list[Markup]:
    # A line end is no text that can be shown in a line, and so is put in by itself.
    return [Markup(f"{element('span', line)}\n") for line in content.splitlines()]


def _authors(records: DatasetRecords) -> list[Author]:
    if FEATURES in records.tables:
        rows = records.tables[FEATURES].read(["mission", "author"])
        return known_authors(zip(*(strings(rows, one) for one in rows.column_names), strict=True))
    if records.manifest is None:
        return []
    recipes = (run.get("recipe") for run in records.manifest.runs)
    return known_authors(
        (one.get("mission"), one.get("author")) for one in recipes if isinstance(one, dict)
    )
