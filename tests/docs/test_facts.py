"""Tests of what the documentation says about the code: names, files and lists agree with it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from astropy.io import fits

import preprocessing
from preprocessing.catalog.columns import catalog_layout, catalog_missions
from preprocessing.catalog.strategies import STRATEGIES
from preprocessing.core.outcomes import COLUMNS
from preprocessing.missions import MISSIONS
from preprocessing.simulator.faults.fault_kinds import FAULTS
from tests.docs.pages import DOCS, ROOT
from tests.support.finished_run import FinishedRun

#: Cards that every FITS file has, or that describe a column.
_STRUCTURE = re.compile(
    r"SIMPLE|BITPIX|NAXIS\d*|EXTEND|NEXTEND|XTENSION|PCOUNT|GCOUNT|TFIELDS|EXTNAME|EXTVER|INHERIT"
    r"|CHECKSUM|DATASUM|(TTYPE|TFORM|TUNIT|TDISP|TNULL)\d+"
)


def in_code(page: Path) -> set[str]:
    """Return the words that a page has between backquotes."""
    return set(re.findall(r"`([^`\n]+)`", page.read_text()))


@pytest.mark.parametrize("name", ["explain/threat-model.md", "develop/simulator.md"])
def test_files_that_a_page_names_are_there(name: str) -> None:
    """Each test of the threat model, and each file of the simulator's page, exists."""
    homes = (ROOT, ROOT / "tests", ROOT / "preprocessing")
    named = {word for word in in_code(DOCS / name) if re.fullmatch(r"[\w/]+\.py", word)}
    assert {word for word in named if not any((home / word).is_file() for home in homes)} == set()


@pytest.mark.parametrize("name", ["where-to-change", "extend", "architecture", "dependencies"])
def test_places_that_the_developers_part_names_are_there(name: str) -> None:
    """Each file and folder that a newcomer is sent to exists."""
    homes = (ROOT, ROOT / "preprocessing", ROOT / "preprocessing" / "simulator")
    named = {
        word
        for word in in_code(DOCS / "develop" / f"{name}.md")
        if re.fullmatch(r"[\w/.-]+(\.(py|md|txt|toml)|/)", word)
    }
    planned = {"vetting/"}
    missing = {word for word in named if not any((home / word).exists() for home in homes)}
    assert missing - planned == set()


def test_every_column_of_the_results_is_described() -> None:
    """The page of the records names each column of the CSV."""
    assert set(COLUMNS) - in_code(DOCS / "reference" / "records.md") == set()


def test_every_fault_is_described() -> None:
    """The simulator's reference names each kind of fault."""
    assert set(FAULTS) - in_code(DOCS / "reference" / "simulator.md") == set()


def test_every_strategy_is_described() -> None:
    """The guide to choosing stars names each strategy."""
    assert set(STRATEGIES) - in_code(DOCS / "guides" / "choose-stars.md") == set()


def test_every_column_of_the_catalogs_is_described() -> None:
    """The page of the catalog names each column of each mission."""
    columns = {column.name for m in catalog_missions() for column in catalog_layout(m).columns}
    assert columns - in_code(DOCS / "reference" / "catalog.md") == set()


def test_every_card_and_column_of_an_output_is_described(finished: FinishedRun) -> None:
    """The page of the output file names each card and column that a real output has."""
    described = in_code(DOCS / "reference" / "fits.md")
    taken_over = {card for mission in MISSIONS.values() for card, _ in mission.star_cards}
    path = next(finished.place.raw.glob("*.fits"))
    with fits.open(path) as hdus:
        cards = {card for hdu in hdus for card in hdu.header if not _STRUCTURE.fullmatch(card)}
        columns = {column for hdu in hdus[1:] for column in hdu.columns.names}
    assert (cards | columns) - described - taken_over == set()


def test_every_dependency_has_its_reason() -> None:
    """The page of the dependencies names each package that a requirements file lists."""
    files = [*ROOT.glob("requirements*.txt"), ROOT / "benchmarks" / "requirements.txt"]
    listed = {
        match[0].lower()
        for file in files
        for line in file.read_text().splitlines()
        if (match := re.match(r"[A-Za-z][\w-]*", line))
    }
    text = (DOCS / "develop" / "dependencies.md").read_text().lower()
    assert {name for name in listed if not re.search(rf"\b{re.escape(name)}\b", text)} == set()


@pytest.mark.slow
def test_every_message_of_the_troubleshooting_is_one_that_the_program_says() -> None:
    """Each message in a first column of that page stands in the code, word for word."""
    rows = re.findall(r"^\| (`.+?`) \| ", (DOCS / "guides/troubleshooting.md").read_text(), re.M)
    quoted = {text for row in rows for text in re.findall(r"`([^`]+)`", row)}
    said = "\n".join(texts_of(path) for path in (ROOT / "preprocessing").rglob("*.py"))
    assert {text for text in quoted if text not in said} == set()


def texts_of(path: Path) -> str:
    """Return the texts in a module, a line each, with … for what is filled in."""
    texts = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            texts.append("".join(_constant(part) or "…" for part in node.values))
        elif isinstance(node, ast.Constant):
            texts.append(_constant(node))
    return "\n".join(texts)


def _constant(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""


def test_every_public_name_is_described() -> None:
    """The page of the Python API names everything that users may import."""
    text = (DOCS / "reference" / "api.md").read_text()
    named = set(re.findall(r"\.\. auto\w+:: preprocessing\.(\w+)$", text, re.MULTILINE))
    assert set(preprocessing.__all__) - named == {"__version__"}
