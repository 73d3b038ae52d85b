"""Importing the package brings little with it, and tests import no benchmark."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Whatever else a module needs, it loads when that is first used.
ALLOWED = {"numpy", "preprocessing"}


def third_party(module: str) -> set[str]:
    """Return the packages outside the standard library that importing a module loads."""
    program = f"import sys; old = set(sys.modules); import {module}; print(*set(sys.modules) - old)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    return {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names


@pytest.mark.parametrize(
    "module", ["preprocessing", "preprocessing.core", "preprocessing.missions"]
)
def test_light_import(module: str) -> None:
    """Importing the package loads no third-party library but numpy."""
    assert third_party(module) <= ALLOWED


def test_no_benchmarks_in_tests() -> None:
    """No test imports the benchmarks."""
    importing = re.compile(r"^\s*(from|import) benchmarks\b", re.MULTILINE)
    paths = (ROOT / "tests").rglob("*.py")
    assert [path for path in paths if importing.search(path.read_text())] == []
