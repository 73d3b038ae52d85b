"""The cache has a folder where there can be one, and astropy a home directory."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from preprocessing.system.paths import cache_dir, some_home

pwd = pytest.importorskip("pwd")


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Be a user without a home directory, as in a container."""

    def no_entry(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", no_entry)
    for name in ("HOME", "XDG_CACHE_HOME", "XENOSCAN_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_without_a_home_there_is_no_cache(nobody: pytest.MonkeyPatch) -> None:
    """No folder named ~ is made in the working directory."""
    assert cache_dir() is None


@pytest.mark.parametrize(
    ("variable", "folder", "found"),
    [
        ("XENOSCAN_CACHE_DIR", "/scratch/cache", Path("/scratch/cache")),
        ("XDG_CACHE_HOME", "/scratch", Path("/scratch/xenoscan")),
        ("XENOSCAN_CACHE_DIR", "~/cache", None),
    ],
)
def test_a_folder_that_is_named(
    nobody: pytest.MonkeyPatch, variable: str, folder: str, found: Path | None
) -> None:
    """A variable helps, unless it needs the home directory."""
    nobody.setenv(variable, folder)
    assert cache_dir() == found


def test_older_platformdirs(nobody: pytest.MonkeyPatch) -> None:
    """Older releases of platformdirs do not say that there is no home directory."""
    nobody.setattr(platformdirs, "user_cache_path", lambda name: Path("~/.cache") / name)
    assert cache_dir() is None


def test_a_home_for_a_while(nobody: pytest.MonkeyPatch) -> None:
    """Without a home directory there is an empty one for as long as the block runs."""
    with some_home():
        home = Path.home()
        assert home.is_dir() and not list(home.iterdir())
    assert not home.exists()
    assert "HOME" not in os.environ


def test_a_home_that_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home directory is left as it is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with some_home():
        assert Path.home() == tmp_path
    assert tmp_path.is_dir()
