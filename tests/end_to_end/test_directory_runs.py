"""Runs from a directory: nothing waits, nothing is silently unread, packed files give the same."""

from __future__ import annotations

import asyncio
import gzip
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.fits.light_curve_file import read_light_curve
from preprocessing.missions import Product
from tests.support.sample_files import make_file, make_rows, quarter_of
from tests.support.scraping import Place
from tests.support.small_holdings import SmallHoldings
from tests.support.virtual_time import run_virtual

_HOLDINGS = SmallHoldings(40)
_STARS = [*_HOLDINGS.star_keys()]
_FIRST = _STARS[0]


def _long(kic: int) -> list[Product]:
    return [product for product in _HOLDINGS.products(kic) if product.month is None]


def _mirror(root: Path, stars: list[int]) -> Path:
    root.mkdir(exist_ok=True)
    for kic in stars:
        for product in _long(kic):
            (root / product.file_name).write_bytes(_HOLDINGS.body(product))
    return root


def _run(mirror: Path, place: Place, stars: list[int]) -> tuple[list[TargetOutcome], float]:
    """Return the outcomes, and the virtual seconds that the run waited."""
    downloader = AsyncDownloader(place.raw, 4, archive=str(mirror))

    async def work() -> tuple[list[TargetOutcome], float]:
        began = asyncio.get_running_loop().time()
        outcomes = await downloader.download_batch(stars)
        return outcomes, asyncio.get_running_loop().time() - began

    return run_virtual(work())


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2880])


def _flip(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[12_000] ^= 4
    path.write_bytes(body)


def _unreadable(path: Path) -> None:
    """Make it unreadable for everybody, also for the administrator who runs tests."""
    path.unlink()
    path.symlink_to("/proc/self/mem")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "reason"), [(_cut, "corrupt"), (_flip, "corrupt"), (_unreadable, "archive_error")]
)
def test_damaged_files_of_a_directory_cost_no_time(
    tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    """What a directory cannot give is final at once: no pause, no repetition, no second pass."""
    if damage is _unreadable and not Path("/proc/self/mem").exists():
        pytest.skip("this system has no file that nobody may read")
    mirror = _mirror(tmp_path / "mirror", _STARS)
    for path in [*mirror.iterdir()]:
        damage(path)
    outcomes, waited_s = _run(mirror, Place(tmp_path), _STARS)
    assert {str(outcome.reason) for outcome in outcomes} == {reason}
    assert sum(outcome.retries for outcome in outcomes) == 0
    assert waited_s < 1.0


@pytest.mark.slow
def test_no_second_pass_over_a_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run from a directory says nothing of targets that were tried again."""
    mirror = _mirror(tmp_path / "mirror", _STARS[:2])
    _cut(mirror / _long(_FIRST)[0].file_name)
    place = Place(tmp_path)
    assert place.scrape(f"--archive={mirror}", f"--ids={_STARS[0]},{_STARS[1]}") == 1
    said = capsys.readouterr().out
    assert "0 retries" in said
    assert "tried again" not in said
    assert place.row(f"KIC {_FIRST}")["reason"] == "partial"
    # Mended, it is read by --resume.
    _mirror(mirror, _STARS[:1])
    assert place.scrape(f"--archive={mirror}", "--resume") == 0


def _pack(mirror: Path, how: str) -> None:
    files = sorted(mirror.glob("*.fits"))
    if how == "gz":
        for path in files:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    elif how == "renamed":
        for number, path in enumerate(files):
            path.with_name(f"{number}.fits.copy").write_bytes(path.read_bytes())
    else:
        with tarfile.open(mirror / f"all.{how}", "w:gz" if how == "tgz" else "w") as tar:
            for path in files:
                tar.add(path, f"Kepler/{path.name}")
    for path in files:
        path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["gz", "tar", "tgz", "renamed"])
def test_packed_and_renamed_files_give_the_same_outputs(tmp_path: Path, how: str) -> None:
    """The output is the same to the bit, however the directory holds the files."""
    stars = _STARS[:3]
    plain = _mirror(tmp_path / "plain", stars)
    packed = _mirror(tmp_path / "packed", stars)
    _pack(packed, how)
    places = Place(tmp_path / "a"), Place(tmp_path / "b")
    for mirror, place in zip((plain, packed), places, strict=True):
        outcomes, _ = _run(mirror, place, stars)
        assert {str(outcome.reason) for outcome in outcomes} == {"complete"}
    expected, found = ({k: v for k, v in p.outputs().items() if "lock" not in k} for p in places)
    assert found == expected


@pytest.mark.slow
def test_a_light_curve_that_is_not_read_is_named_in_the_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A light curve that nothing identifies is counted and named at the end of the run."""
    mirror = _mirror(tmp_path / "mirror", _STARS[:1])
    body = _HOLDINGS.body(_long(_FIRST)[0])
    # As if the columns had been renamed, too.
    mine = mirror / "mine.fits"
    renamed = body.replace(b"'PDCSAP_FLUX'", b"'MY_FLUX    '").replace(b"SAP_FLUX", b"RAW_FLUX")
    mine.write_bytes(renamed)
    assert Place(tmp_path).scrape(f"--archive={mirror}", f"--ids={_FIRST}") == 0
    said = capsys.readouterr().out
    assert "1 light curve not read" in said
    assert str(mine) in said


@pytest.mark.slow
def test_a_star_that_a_directory_lacks_has_no_data(tmp_path: Path) -> None:
    """What is absent from a directory is so at once: no second search has to confirm it."""
    mirror = _mirror(tmp_path / "mirror", _STARS[:1])
    absent = [*range(1, 15)]
    outcomes, waited_s = _run(mirror, Place(tmp_path), [_FIRST, *absent])
    assert [str(outcome.reason) for outcome in outcomes] == ["complete"] + ["no_data"] * 14
    assert waited_s < 1.0


def test_real_targets_with_large_numbers_are_not_synthetic(tmp_path: Path) -> None:
    """Light of a custom aperture, whose number is above 100,000,000, is real."""
    kic = 100_001_645
    product = quarter_of(2, kic)
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / product.file_name).write_bytes(make_file(product, make_rows(60, seed=2)))
    (outcome,), _ = _run(mirror, Place(tmp_path), [kic])
    star = read_light_curve(outcome.filepath)
    assert not star.is_synthetic
    assert star.header["SYNTHET"] is False
