"""The script that clears caches does what its users expect."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from preprocessing.cli import cache_files
from preprocessing.cli.cache_files import Cache
from scripts import clear_cache

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "clear_cache.py"
STAR = ".cache/lightkurve/mastDownload/Kepler/kplr000757076_lc_Q0"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home directory with two sound and three damaged files in its caches."""
    home = tmp_path / "home"
    star = home / STAR
    star.mkdir(parents=True)
    hdus = fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.ones((40, 40)))])
    hdus.writeto(star / "good.fits", checksum=True)
    body = (star / "good.fits").read_bytes()
    (star / "cut.fits").write_bytes(body[: len(body) // 2])
    (star / "flipped.fits").write_bytes(body[:6000] + bytes([body[6000] ^ 1]) + body[6001:])
    (star / "notes.txt").write_text("not a FITS file, and none of our business")
    entry = home / ".cache/astropy/download/url/0123456789abcdef"
    entry.mkdir(parents=True)
    (entry / "contents").write_text("<html>503</html>")
    (entry / "url").write_text("http://127.0.0.1/a_llc.fits")
    own = home / "own"
    own.mkdir()
    (own / "searches.sqlite").write_bytes(b"rows")
    return home


def run(home: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
        "HOME": str(home),
        # Older releases of astropy look in ~/.astropy and ~/.lightkurve without it.
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XENOSCAN_CACHE_DIR": str(home / "own"),
        **variables,
    }
    command = [sys.executable, str(SCRIPT), *options]
    return subprocess.run(
        command, env=environment, cwd=home, capture_output=True, text=True, check=False, timeout=60
    )


def files_in(home: Path) -> set[str]:
    return {path.name for path in home.rglob("*") if path.is_file()}


EVERYTHING = {
    "good.fits",
    "cut.fits",
    "flipped.fits",
    "notes.txt",
    "contents",
    "url",
    "searches.sqlite",
}


@pytest.mark.slow
def test_removes_the_damaged_files(home: Path) -> None:
    """Damaged files are removed and named with their problem, and everything else stays."""
    result = run(home)
    assert result.returncode == 0, result.stderr
    assert files_in(home) == {"good.fits", "notes.txt", "searches.sqlite"}
    assert result.stdout.count("damaged: ") == 3
    assert "flipped.fits: the checksum of HDU 1 is wrong" in result.stdout
    assert "3 files checked, 2 damaged" in result.stdout
    assert "\nRemoved 3 files, " in result.stdout


@pytest.mark.slow
def test_has_nothing_to_do_the_second_time(home: Path) -> None:
    """A second run finds nothing to remove."""
    run(home)
    assert run(home).stdout.splitlines()[-1] == "Removed 0 files, 0.00B."


@pytest.mark.slow
def test_dry_run_removes_nothing(home: Path) -> None:
    """A dry run reports what a run would remove, in files and bytes."""
    dry = run(home, "--dry-run")
    assert files_in(home) == EVERYTHING
    wet = run(home)
    assert dry.stdout.replace("Would remove", "Removed") == wet.stdout


@pytest.mark.slow
def test_all_removes_everything(home: Path) -> None:
    """The option --all removes intact files too, and its dry run counts the same."""
    dry = run(home, "--all", "--dry-run")
    assert files_in(home) == EVERYTHING
    wet = run(home, "--all")
    assert wet.returncode == 0, wet.stderr
    assert files_in(home) == set()
    assert "\nRemoved 7 files, " in wet.stdout
    assert dry.stdout.replace("Would remove", "Removed") == wet.stdout


@pytest.mark.slow
@pytest.mark.parametrize("folder", [ROOT / "data", ROOT])
def test_refuses_a_cache_among_the_results(home: Path, folder: Path) -> None:
    """A cache in or around data/ is refused with status 2 before anything is removed."""
    result = run(home, "--all", "--dry-run", XENOSCAN_CACHE_DIR=str(folder))
    assert result.returncode == 2
    assert "overlaps the results" in result.stderr
    assert files_in(home) == EVERYTHING


def test_refuses_unknown_options(home: Path) -> None:
    """Bad usage has status 2 and no traceback."""
    result = run(home, "--everything")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_says_what_could_not_be_removed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that cannot be removed is named, the others are removed, and the status is 1."""
    stuck = home / STAR / "cut.fits"
    unlink = Path.unlink

    def refuse(path: Path) -> None:
        if path == stuck:
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(path)

    folder = home / STAR
    cache = Cache("lightkurve", folder, folder)
    monkeypatch.setattr(cache_files, "find_caches", lambda: [cache])
    monkeypatch.setattr(Path, "unlink", refuse)
    assert clear_cache.main([]) == 1
    assert f"cannot be removed: {stuck}: Permission denied" in capsys.readouterr().err
    assert {path.name for path in folder.iterdir()} == {"good.fits", "cut.fits", "notes.txt"}
