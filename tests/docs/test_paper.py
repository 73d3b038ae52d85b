"""Tests of the paper: its numbers are results or the code's, and its sources exist."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs.pages import DOCS, ROOT

PAPER = DOCS / "paper" / "xenoscan.md"
_RESULTS = ROOT / "benchmarks" / "RESULTS.md"
_BIBLIOGRAPHIES = (
    DOCS / "paper" / "references.bib",
    ROOT / "preprocessing" / "report" / "references.bib",
)
#: What is no result: comments, directives, roles, code, the targets of links, and names.
_NO_RESULTS = (
    r"<!--.*?-->",
    r"```.*?```",
    r"\{[a-z:-]+\}`[^`]*`",
    r"`[^`]*`",
    r"\]\([^)]*\)",
    r"\bK2\b",
)


@pytest.fixture(scope="module")
def lookup() -> Iterator[ModuleType]:
    """The module of the site that looks up numbers."""
    spec = importlib.util.spec_from_file_location(
        "results_tables", DOCS / "_ext" / "results_tables.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_no_number_is_typed() -> None:
    """Outside of roles and tables that are inserted, the paper has no digit."""
    text = PAPER.read_text()
    for pattern in _NO_RESULTS:
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    assert re.findall(r".*\d.*", text) == []


def test_every_number_is_there(lookup: ModuleType) -> None:
    """Each cell and table that the paper inserts is in the results."""
    tables = lookup.read_tables(_RESULTS)
    text = PAPER.read_text()
    places = re.findall(r"\{measured\}`([^`]+)`", text)
    assert len(places) > 3
    assert all(lookup.number_in(tables, place) for place in places)
    names = re.findall(r"\{measured-table\} (.+)", text)
    assert all(lookup.table_named(tables, name).rows for name in names)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("Nowhere | a | b", "0 tables are called 'Nowhere'"),
        ("S / Lead | a | z", "has no column 'z'"),
        ("S / Lead | q | b", "0 rows"),
        ("S / Lead | twice | b", "2 rows"),
        ("S / Lead | a | c", "is empty"),
        ("S / Twice | a | b", "2 tables"),
        ("S", "is not table"),
    ],
)
def test_what_is_not_there_is_an_error(
    place: str, words: str, lookup: ModuleType, tmp_path: Path
) -> None:
    """A number that was taken away, or that could be several, is refused, and never guessed."""
    path = tmp_path / "results.md"
    twice = "\n**Twice.** More.\n\n| n | b |\n| - | - |\n| a | 1 |\n"
    path.write_text(
        "## S\n\n**Lead**, and more.\n\n| n | b | c |\n| --- | --- | --- |\n| a | **7** | |\n"
        f"| twice | 1 | 2 |\n| twice | 1 | 2 |\n{twice}{twice}"
        "\n| first | b |\n| - | - |\n| a | 1 |\n"
    )
    tables = lookup.read_tables(path)
    assert lookup.number_in(tables, "S / Lead | a | b") == "7"
    assert lookup.number_in(tables, "S / Lead | b") == "b"
    assert lookup.table_named(tables, "S / first").rows == (("a", "1"),)
    with pytest.raises(lookup.NotMeasuredError, match=re.escape(words)):
        lookup.number_in(tables, place)


def test_every_citation_has_its_entry() -> None:
    """What the paper cites is in a bibliography, once; entries have a DOI or another address."""
    cited = {
        key
        for keys in re.findall(r"\{cite:[a-z]+\}`([^`]+)`", PAPER.read_text())
        for key in keys.split(",")
    }
    entries: dict[str, str] = {}
    for path in _BIBLIOGRAPHIES:
        for key, body in re.findall(r"^@\w+\{([^,]+),\n(.*?)^\}", path.read_text(), re.M | re.S):
            assert key not in entries
            entries[key] = body
    assert cited <= entries.keys()
    without = {key for key, body in entries.items() if "doi =" not in body and "ascl" not in body}
    assert without == {"xenoscan", "scikit-learn"}  # the journal of the latter gives none
