"""The examples in docstrings give what they show."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Modules with examples, by the package they are in.
PACKAGES = {
    package: [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / package).rglob("*.py"))
        if ">>> " in path.read_text(encoding="utf-8")
    ]
    for package in ("preprocessing", "tests/docs")
}


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_examples(package: str) -> None:
    """Every example of a docstring gives what it shows."""
    failed = []
    for name in PACKAGES[package]:
        module = importlib.import_module(name)
        result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
        assert result.attempted > 0
        if result.failed:
            failed.append(name)
    assert failed == []
