"""The command ``xenoscan sheet`` writes pages whole, or says in one line why not."""

from __future__ import annotations

import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from preprocessing.cli.main import main
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.report.sheet.sheet import Sheet
from tests.support.feature_stars import write_stars
from tests.support.packed_data_set import pack_folder
from tests.support.packing import write_results
from tests.support.ranked_stars import DIPPER, write_ranking, write_tables

pytestmark = pytest.mark.slow

_STEM = f"KIC_{DIPPER}"


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of ranked stars, the first of which has a light curve."""
    root = tmp_path_factory.mktemp("drawn") / "data $set"
    write_tables(root)
    write_ranking(root)
    write_stars(root, [DIPPER])
    return root


def run(*words: object) -> int:
    return main(["sheet", *map(str, words)])


def test_pages(ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first of the ranking and a named star are one page if they are one star."""
    assert run(ranked, DIPPER, "--top", "1", "--output", tmp_path / "a") == 0
    assert {path.name for path in (tmp_path / "a").iterdir()} == {f"{_STEM}.pdf", f"{_STEM}.png"}
    assert capsys.readouterr().out.startswith(f"KIC {DIPPER}: single events. ")
    assert run(ranked, _STEM, "--format", "svg", "--quiet") == 0
    assert [path.name for path in (ranked / "sheets").iterdir()] == [f"{_STEM}.svg"]
    assert capsys.readouterr().out == ""


def test_a_packed_star(ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A star whose FITS file is gone since it was packed has the same page as before."""
    root = tmp_path / "set"
    places = DatasetFolder(Path(shutil.copytree(ranked, root)))
    write_results(places, [{"target_id": f"KIC {DIPPER}", "filepath": f"{_STEM}.fits"}])
    page = root / "sheets" / f"{_STEM}.png"
    assert run(root, DIPPER, "--format", "png") == 0
    before = page.read_bytes()
    pack_folder(root)
    (places.lightcurves / f"{_STEM}.fits").unlink()
    page.unlink()
    assert run(root, DIPPER, "--format", "png") == 0
    assert page.read_bytes() == before
    # Also where nothing but the packed form was handed on.
    alone = tmp_path / "handed on"
    shutil.copytree(root / "hats", alone / "hats")
    shutil.copy(root / "stars.parquet", alone)
    capsys.readouterr()
    assert run(alone, DIPPER, "--format", "png") == 0
    assert capsys.readouterr().out.startswith(f"KIC {DIPPER}: not searched")


def test_an_interrupt_that_a_library_drops(
    ranked: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C ends the command within a page, although what draws the page dropped it."""
    write_all = Sheet.write_all

    def drop(sheet: Sheet, streams: dict[str, BinaryIO]) -> None:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        write_all(sheet, streams)

    monkeypatch.setattr(Sheet, "write_all", drop)
    assert run(ranked, DIPPER, "--output", tmp_path / "a", "--format", "png") == 130
    assert capsys.readouterr().err == "xenoscan sheet: interrupted\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--top"),
        (("KIC 12",), "no light curve"),
        (("../../etc",), "no light curve"),
        (("--top", "0"), "at least 1"),
        ((DIPPER, "--candidate", "7"), "has no candidate 7: there is none"),
        ((DIPPER + 1,), "is not there"),
    ],
)
def test_bad_targets(
    ranked: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[object, ...],
    said: str,
) -> None:
    """What cannot be drawn ends with status 2 and one line, before anything is written."""
    assert run(ranked, *words, "--output", tmp_path / "out") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and said in lines[0]
    assert not (tmp_path / "out").exists()


def test_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there ends with status 2."""
    assert run(tmp_path / "none", "KIC 1") == 2
    assert "there is no folder" in capsys.readouterr().err


def test_whole_or_not_at_all(ranked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that fails half-way leaves the old one, and nothing beside it."""
    path = tmp_path / f"{_STEM}.pdf"
    path.write_bytes(b"old")

    def torn(self: Sheet, streams: dict[str, object]) -> None:
        streams["pdf"].write(b"new")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Sheet, "write_all", torn)
    assert run(ranked, DIPPER, "--output", tmp_path) == 1
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
