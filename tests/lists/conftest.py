"""A file for the list of a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.lists import Lists


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path / "stars.txt")
