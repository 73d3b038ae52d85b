"""The words of code and documentation: American spelling, and none that only insiders know."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Everything that a user or a newcomer reads.
READ = sorted(
    path.relative_to(ROOT)
    for pattern in ("README.md", "docs/**/*.md", "scripts/*", "preprocessing/**/*.py")
    for path in ROOT.glob(pattern)
    if path.is_file() and "_build" not in path.parts
)
#: Packages whose docstrings say what each argument means. Add one when it is finished.
EXPLAINED = (
    "acquire",
    "catalog",
    "cli",
    "core",
    "features",
    "fits",
    "missions",
    "network",
    "signals",
    "simulator",
    "system",
    "tables",
)

BRITISH = re.compile(
    r"\b\w*(?:behaviour|catalogue|centre\b|colour|favour|honour|neighbour|normalis|organis|recognis"
    r"|summaris|synchronis|initialis|serialis|optimis|licence|analyse|whilst|learnt|spelt\b)\w*",
    re.IGNORECASE,
)
#: Strings that files, seeds and other programs hold, and that must never change.
RECORDED = re.compile(r"xenoscan_catalogue|\bin the catalogue \{|\} catalogue\"")
#: Private metaphors of former versions, with what to say instead.
INSIDERS = {
    r"befall(?:s|en)?|befell": "affects",
    r"salvag\w+": "previous output",
    r"spoil\w*": "corrupt",
    r"shel(?:f|ves)": "archive layout",
    r"goes without saying": "leave it out",
    r"for ever": "forever",
    r"one of another": "another",
    r"(?:is|was|were) had": "received, available",
    r"second look": "retry pass",
    r"books": "dataset records",
    r"ledger": "file records",
}


def misspelled(text: str) -> list[str]:
    """Return the British spellings in a text, recorded strings aside."""
    return [found[0] for found in BRITISH.finditer(RECORDED.sub("", text))]


def unexplained(source: str) -> list[str]:
    """Return the arguments in numpydoc sections that have a type and no meaning."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        text = ast.get_docstring(node) or ""
        section = re.search(
            r"^(?:Parameters|Attributes)\n-+\n(.*?)(?=^\S+\n-+\n|\Z)", text, re.M | re.S
        )
        if section is None:
            continue
        lines = [line for line in section[1].splitlines() if line.strip()]
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            if re.match(r"\S.* : ", line) and not following.startswith("    "):
                found.append(f"{getattr(node, 'name', 'module')}: {line}")
    return found


def test_the_checks_find_what_they_are_for() -> None:
    """A British word and an argument without a meaning are found, a recorded string is not."""
    assert misspelled("the Normalised colour") == ["Normalised", "colour"]
    assert misspelled('f"number in the catalogue {name}"') == []
    text = '"""Do it.\n\nParameters\n----------\na : int\nb : int\n    Size.\n"""'
    assert unexplained(text) == ["module: a : int"]


@pytest.mark.parametrize("path", READ, ids=str)
def test_spelling_is_american(path: Path) -> None:
    """No file that a user or newcomer reads has a British spelling."""
    assert misspelled((ROOT / path).read_text(encoding="utf-8", errors="replace")) == []


@pytest.mark.parametrize("path", READ, ids=str)
def test_no_word_is_for_insiders(path: Path) -> None:
    """No file that a user or newcomer reads has one of the former private metaphors."""
    text = " ".join((ROOT / path).read_text(encoding="utf-8", errors="replace").split())
    said = {
        word: say for word, say in INSIDERS.items() if re.search(rf"\b(?:{word})\b", text, re.I)
    }
    assert said == {}


@pytest.mark.parametrize("package", EXPLAINED)
def test_docstrings_say_what_arguments_mean(package: str) -> None:
    """Every argument that a docstring lists has a meaning, not only a type."""
    for path in sorted((ROOT / "preprocessing" / package).rglob("*.py")):
        assert unexplained(path.read_text(encoding="utf-8")) == [], path
