"""Compiled functions keep their machine code, and never load that of an older version."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

from preprocessing.analysis import compiled

_CALLEE = """
from preprocessing.analysis.compiled import compiled

@compiled
def doubled(x):
    return {factor} * x
"""
_CALLER = """
from callee import doubled
from limits import LIMIT
from preprocessing.analysis.compiled import compiled

@compiled
def answer(x):
    return doubled(x) + LIMIT
"""


class _Checkout:
    """A folder with modules of which one calls another, as new processes see it."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, patch
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.syspath_prepend(folder)

    def asked(self, factor: int, limit: int = 1) -> tuple[int, int, Path]:
        """Return an answer, how many functions were compiled for it, and where code is kept."""
        (self.folder / "callee.py").write_text(_CALLEE.format(factor=factor))
        (self.folder / "limits.py").write_text(f"LIMIT = {limit}\n")
        (self.folder / "caller.py").write_text(_CALLER)
        for name in ("_DIGESTS", "_FOLDERS"):
            self._patch.setattr(compiled, name, {})
        for name in ("callee", "limits", "caller"):
            self._patch.delitem(sys.modules, name, raising=False)
        importlib.invalidate_caches()
        answer = importlib.import_module("caller").answer
        found = answer(3)
        return found, sum(answer.stats.cache_misses.values()), Path(answer.stats.cache_path).parent


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Checkout:
    return _Checkout(tmp_path, monkeypatch)


@pytest.mark.slow
def test_code_of_an_older_callee_in_another_file_is_never_loaded(checkout: _Checkout) -> None:
    """Where a callee or an imported constant changes, its callers are compiled again, once."""
    assert checkout.asked(2)[:2] == (7, 1)
    assert checkout.asked(2)[:2] == (7, 0)
    assert checkout.asked(5)[:2] == (16, 1)
    assert checkout.asked(5, limit=2)[:2] == (17, 1)
    assert checkout.asked(2)[:2] == (7, 0)


@pytest.mark.slow
def test_old_code_does_not_pile_up(checkout: _Checkout) -> None:
    """Of versions that nobody compiled lately, the latest three stay beside the present one."""
    present = checkout.asked(2)[2]
    others = [present.with_name(f"caller-{n:016x}") for n in range(6)]
    for age, other in enumerate(others):
        (other / "caller_0").mkdir(parents=True)
        at_s = present.stat().st_mtime - 86_400 * age
        os.utime(other, (at_s, at_s))
    newer = checkout.asked(3)[2]
    left = {one.name for one in present.parent.glob("caller-*")}
    assert left == {newer.name, present.name, others[0].name, others[1].name}


@pytest.mark.slow
def test_code_is_kept_elsewhere_where_the_package_cannot_be_written(
    checkout: _Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the place of the folder beside a module sends its code to the user's cache."""
    monkeypatch.setenv("XENOSCAN_CACHE_DIR", str(tmp_path / "cache"))
    (checkout.folder / "__pycache__").write_text("no folder")
    assert checkout.asked(4)[2].is_relative_to(tmp_path / "cache" / "compiled")
