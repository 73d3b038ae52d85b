"""The words of code and documentation: American spelling, and none that only insiders know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
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
    r"behaviour|catalogue|centre\b|colour|favour|honour|neighbour|normalis|organis|recognis"
    r"|summaris|synchronis|initialis|serialis|optimis|licence|analyse|whilst|learnt|spelt\b",
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
_ANY_INSIDER = re.compile(rf"\b(?:{'|'.join(INSIDERS)})\b", re.IGNORECASE)


def misspelled(text: str) -> list[str]:
    """Return the British spellings in a text, recorded strings aside."""
    words = dict.fromkeys(re.findall(r"\w+", RECORDED.sub("", text)))
    return [word for word in words if BRITISH.search(word)]


def for_insiders(text: str) -> dict[str, str]:
    """Return the private metaphors in a text, each with what to say instead."""
    line = " ".join(text.split())
    if not _ANY_INSIDER.search(line):
        return {}
    return {
        word: say for word, say in INSIDERS.items() if re.search(rf"\b(?:{word})\b", line, re.I)
    }


def texts() -> Iterator[tuple[str, str]]:
    """Yield name and text of each file that a user or newcomer reads."""
    for path in READ:
        yield str(path), (ROOT / path).read_text(encoding="utf-8", errors="replace")


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
    """A British word, a metaphor and an argument without a meaning are found."""
    assert misspelled("the Normalised colour") == ["Normalised", "colour"]
    assert misspelled('f"number in the catalogue {name}"') == []
    assert for_insiders("It goes without\nsaying.") == {"goes without saying": "leave it out"}
    text = '"""Do it.\n\nParameters\n----------\na : int\nb : int\n    Size.\n"""'
    assert unexplained(text) == ["module: a : int"]


@pytest.mark.slow
def test_spelling_is_american() -> None:
    """No file that a user or newcomer reads has a British spelling."""
    found = {name: misspelled(text) for name, text in texts()}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.slow
def test_no_word_is_for_insiders() -> None:
    """No file that a user or newcomer reads has one of the former private metaphors."""
    found = {name: for_insiders(text) for name, text in texts()}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.slow
def test_docstrings_say_what_arguments_mean() -> None:
    """Every argument that a docstring lists has a meaning, not only a type."""
    found = {
        str(path.relative_to(ROOT)): unexplained(path.read_text(encoding="utf-8"))
        for package in EXPLAINED
        for path in sorted((ROOT / "preprocessing" / package).rglob("*.py"))
    }
    assert {name: arguments for name, arguments in found.items() if arguments} == {}
