"""The page on labels states every number that they are decided by."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def test_every_number_has_its_reason() -> None:
    """Each number of the rules of labels has a comment that says what it is; none is left out."""
    pytest.importorskip("sphinx")
    spec = importlib.util.spec_from_file_location("tables", _ROOT / "docs/_ext/code_tables.py")
    assert spec is not None
    assert spec.loader is not None
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    for module in tables.LABEL_MODULES:
        names = list(tables.numbers_of(module))
        rows = list(tables.limit_rows(module))
        assert sum(row[1].count("`") // 2 for row in rows) == len(names)
        assert all(len(row[3].split()) > 2 for row in rows)
