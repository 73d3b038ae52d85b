"""The command builds a catalog, and runs choose their stars from it."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from preprocessing.catalog.store import open_catalog
from preprocessing.system import run_lock
from scripts import build_catalog
from scripts.xenoscan_scraper import main
from tests.support.scraping import Place

pytestmark = pytest.mark.slow

ARCHIVE = "embedded --stars 40 --quarters 1"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_lock, "CONFIRM_DELAY_S", 0.0)
    return Place(tmp_path)


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_from_the_catalog_to_the_light_curves(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Resuming downloads the chosen stars even if the catalog is gone."""
    assert build_catalog.main(["--archive", ARCHIVE]) == 0
    said = capsys.readouterr().out
    path = place.root / "data" / "embedded" / "catalog" / "kepler.parquet"
    assert said.startswith(f"40 SYNTHETIC stars of Kepler in {path},\n")
    options = ["--archive", ARCHIVE, "--targets", "8", "--select", "quietest", *place.options()]
    assert main(options) == 0
    assert "quietest: 8 of 40 stars, smallest 6-hour CDPP first." in capsys.readouterr().out
    chosen = _rows(place.root / "results_selection.csv")
    with open_catalog(path) as catalog:
        best = catalog.rows("SELECT kic FROM stars ORDER BY cdpp, kic LIMIT 8")
    names = [f"KIC {kic}" for (kic,) in best]
    assert [row["target_id"] for row in chosen] == names
    assert [row["target_id"] for row in _rows(place.root / "results_targets.csv")] == names
    assert sorted(row["target_id"] for row in place.rows()) == sorted(names)
    path.unlink()
    for again in ([*options, "--resume"], ["--archive", ARCHIVE, *place.options(), "--resume"]):
        assert main(again) == 0
        assert "8 were done before, 0 are left" in capsys.readouterr().out
    assert _rows(place.root / "results_selection.csv") == chosen


def test_a_dry_run_writes_nothing(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run says which stars are chosen and how many cannot be judged."""
    assert build_catalog.main(["--archive", ARCHIVE, "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    mix = place.root / "mix.csv"
    mix.write_text("share,strategy,where\n2,random,kepmag < 16\n1,sun-like\n")
    words = ["--archive", ARCHIVE, "--select", "mix", str(mix), "--targets", "6", "--dry-run"]
    assert main([*words, *place.options()]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("random: 4 of ")
    assert any(line.startswith("6 stars with 6 files") for line in said)
    assert not place.results.exists()
    assert not (place.root / "results_selection.csv").exists()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--select", "quietest"], "Build one with xenoscan catalog"),
        (["--select", "darkest"], "unknown strategy"),
        (["--where", "kepmag < 14; drop table stars", "--ids", "Kepler-10"], "not both"),
    ],
)
def test_bad_usage_is_one_line(
    words: list[str], complaint: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad usage is one line with status 2, and nothing is written."""
    assert main(["--archive", ARCHIVE, *words, *place.options()]) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1
    assert not place.results.exists()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--mission", "Gaia"], "unknown mission 'Gaia'"),
        (["--stars", "3"], "--help shows the options"),
        (["--output", "."], "is a folder"),
        (["--archive", "nothing"], "unknown archive"),
        (["--archive", "embedded --nonsense"], "nonsense"),
    ],
)
def test_bad_usage_of_the_builder(
    words: list[str], complaint: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad usage of the builder is one line with status 2."""
    assert build_catalog.main(words) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1


def test_an_archive_that_is_not_there(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing archive ends the build with status 1."""
    assert build_catalog.main(["--archive", "http://127.0.0.1:9"]) == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the requested file, not the lock beside it."""
    (place.root / "file").touch()
    assert build_catalog.main(["--archive", ARCHIVE, "--output", "file/stars.parquet"]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("build_catalog.py: cannot write file/stars.parquet: ")
    assert "Errno" not in said


def test_help_needs_no_database() -> None:
    """The help of either command loads nothing that only builds need."""
    root = Path(__file__).resolve().parents[2]
    code = (
        "import sys; sys.argv = ['x', '--help']\n"
        "from {module} import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {{'duckdb', 'pyvo', 'astropy', 'requests'}} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    for module in ("scripts.xenoscan_scraper", "scripts.build_catalog"):
        subprocess.run(
            [sys.executable, "-c", code.format(module=module)],
            cwd=root,
            check=True,
            capture_output=True,
        )
