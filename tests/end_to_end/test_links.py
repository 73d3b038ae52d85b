"""Nothing is written through a link that someone left where a run writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.system.atomic import open_part, part_path, write_atomically
from tests.support.scraping import Place

_HOLDINGS = SyntheticHoldings(6, n_quarters=1)
_KIC = _HOLDINGS.star_keys()[0]
_SECRET = b"not yours to overwrite"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ArchiveThread(_HOLDINGS) as archive:
        yield archive.base_url


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.write_bytes(_SECRET)
    return path


@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize("is_part", [True, False])
def test_a_link_in_place_of_a_file_is_replaced(
    victim: Path, tmp_path: Path, link: object, is_part: bool
) -> None:
    """A symbolic or hard link is replaced, and its target stays unchanged."""
    path = tmp_path / "folder" / "a.json"
    path.parent.mkdir()
    assert callable(link)
    link(victim, part_path(path) if is_part else path)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert not path.is_symlink()
    assert victim.read_bytes() == _SECRET
    assert list(path.parent.iterdir()) == [path]


def test_a_dangling_link_makes_no_file_elsewhere(tmp_path: Path) -> None:
    """A dangling link is replaced and creates no file elsewhere."""
    path = tmp_path / "a.json"
    part_path(path).symlink_to(tmp_path / "elsewhere")
    open_part(path).close()
    assert not part_path(path).is_symlink()
    assert not (tmp_path / "elsewhere").exists()


def _links_for(place: Place) -> list[Path]:
    """Return every name, but those of the records themselves, under which a run writes."""
    output = place.raw / f"KIC_{_KIC}.fits"
    records = (place.results, place.checkpoint, place.results.with_name("results_targets.csv"))
    return [part_path(path) for path in (output, *records)]


def test_a_run_in_a_folder_full_of_links(url: str, tmp_path: Path, victim: Path) -> None:
    """A run among links succeeds and does not touch their targets."""
    place = Place(tmp_path / "run")
    for path in _links_for(place):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(victim)
    assert place.scrape(f"--archive={url}", f"--ids={_KIC}") == 0
    assert victim.read_bytes() == _SECRET
    assert not any(map(os.path.lexists, _links_for(place)))


def test_an_output_that_is_a_link_elsewhere_stays(url: str, tmp_path: Path, victim: Path) -> None:
    """A link in place of an output stays, and so does the file to which it leads."""
    place = Place(tmp_path / "run")
    output = place.raw / f"KIC_{_KIC}.fits"
    place.raw.mkdir(parents=True)
    output.symlink_to(victim)
    assert place.scrape(f"--archive={url}", f"--ids={_KIC}", "--resume") == 1
    assert place.rows()[0]["reason"] == "foreign_file"
    assert output.is_symlink()
    assert victim.read_bytes() == _SECRET


@pytest.mark.parametrize("name", ["results.log", "results_names.csv"])
@pytest.mark.parametrize("dangling", [True, False])
def test_what_is_appended_to_is_not_followed(
    url: str,
    tmp_path: Path,
    victim: Path,
    name: str,
    dangling: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A linked record is refused in one line, and its target is not touched."""
    place = Place(tmp_path / "run")
    place.root.mkdir()
    target = tmp_path / "elsewhere" if dangling else victim
    (place.root / name).symlink_to(target)
    assert place.scrape(f"--archive={url}", "--ids=Synthetic-1") in (1, 2)
    assert capsys.readouterr().err.count("\n") == 1
    assert victim.read_bytes() == _SECRET
    assert not (tmp_path / "elsewhere").exists()


def test_a_lock_that_is_a_link_is_not_followed(url: str, tmp_path: Path, victim: Path) -> None:
    """A linked lock stops the run as another run's lock would."""
    place = Place(tmp_path / "run")
    place.raw.mkdir(parents=True)
    (place.raw / ".xenoscan.lock").symlink_to(victim)
    assert place.scrape(f"--archive={url}", f"--ids={_KIC}") == 2
    assert victim.read_bytes() == _SECRET


def test_the_output_folder_may_be_a_link(url: str, tmp_path: Path) -> None:
    """The output folder may be a link that the user made."""
    place = Place(tmp_path / "run")
    (tmp_path / "disk").mkdir()
    place.root.mkdir()
    place.raw.symlink_to(tmp_path / "disk")
    assert place.scrape(f"--archive={url}", f"--ids={_KIC}") == 0
    assert (tmp_path / "disk" / f"KIC_{_KIC}.fits").is_file()
