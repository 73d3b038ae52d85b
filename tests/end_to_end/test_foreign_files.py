"""What the program did not make stays as it is, in every mode, and its star says so."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.sample_files import make_file
from tests.support.scraping import Place

_HOLDINGS = SyntheticHoldings(4, n_quarters=1)
_FIRST, _SECOND = _HOLDINGS.star_keys()[:2]
_MODES = ((), ("--resume",), ("--retry-failed",), ("--refresh",))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ArchiveThread(_HOLDINGS) as archive:
        yield archive.base_url


def _text(path: Path) -> None:
    path.write_text("my notes on this star\n")


def _zipped(path: Path) -> None:
    path.write_bytes(gzip.compress(make_file()))


def _mission_file(path: Path) -> None:
    path.write_bytes(make_file())


def _folder(path: Path) -> None:
    path.mkdir()


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


@pytest.mark.slow
@pytest.mark.parametrize("mode", _MODES, ids=lambda mode: mode[0] if mode else "new")
@pytest.mark.parametrize("make", [_text, _zipped, _mission_file, _folder])
def test_a_foreign_file_is_protected_and_its_star_fails(
    url: str,
    tmp_path: Path,
    make: Callable[[Path], None],
    mode: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file with an output's name stays and is named; the other stars are downloaded."""
    place = Place(tmp_path)
    place.raw.mkdir()
    path = place.raw / f"KIC_{_FIRST}.fits"
    make(path)
    content = _content(path)
    assert place.scrape(f"--archive={url}", f"--ids={_FIRST},{_SECOND}", *mode) == 1
    assert _content(path) == content
    row = place.row(f"KIC {_FIRST}")
    assert (row["reason"], row["success"], row["filepath"]) == ("foreign_file", "False", "")
    assert str(path) in row["error"]
    assert place.row(f"KIC {_SECOND}")["reason"] == "complete"
    said = capsys.readouterr()
    assert str(path) in said.err
    assert "foreign_file: 1" in said.out
    assert "tried again" not in said.out


@pytest.mark.slow
def test_a_star_whose_foreign_file_was_moved_away_is_resumed(url: str, tmp_path: Path) -> None:
    """After the file was moved away, --resume downloads its star."""
    place = Place(tmp_path)
    place.raw.mkdir()
    path = place.raw / f"KIC_{_FIRST}.fits"
    _text(path)
    assert place.scrape(f"--archive={url}", f"--ids={_FIRST}") == 1
    path.rename(tmp_path / "notes.txt")
    assert place.scrape(f"--archive={url}", f"--ids={_FIRST}", "--resume") == 0
    assert [row["reason"] for row in place.rows()] == ["complete"]


@pytest.mark.slow
def test_a_foreign_file_takes_the_place_of_a_complete_output(url: str, tmp_path: Path) -> None:
    """If a complete star's output was replaced, --refresh keeps the file and records the loss."""
    place = Place(tmp_path)
    assert place.scrape(f"--archive={url}", f"--ids={_FIRST}") == 0
    path = place.raw / f"KIC_{_FIRST}.fits"
    _text(path)
    assert place.scrape(f"--archive={url}", f"--ids={_FIRST}", "--refresh") == 1
    assert path.read_text() == "my notes on this star\n"
    assert [row["reason"] for row in place.rows()] == ["foreign_file"]
