"""`AsyncDownloader` works as documented, for one target and for many at once."""

from __future__ import annotations

from pathlib import Path

import pytest

import preprocessing
from preprocessing import AsyncDownloader, RunConflict, UsageError
from preprocessing.acquire.records import run_records
from preprocessing.acquire.records.results import row_offsets
from preprocessing.core.reasons import Reason
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

_HOLDINGS = SyntheticHoldings(40, n_quarters=2)
_KICS = _HOLDINGS.star_keys()


def _name_of(kic: int) -> str:
    return _HOLDINGS.star(kic).names[0]


async def test_the_library_as_documented(tmp_path: Path) -> None:
    """Outcomes come in the order of the names, and no CSV, checkpoint or log is written."""
    first, second = _name_of(_KICS[0]), _name_of(_KICS[1])
    async with ArchiveSimulator(_HOLDINGS) as server:
        downloader = AsyncDownloader(
            output_dir=tmp_path / "data/raw",
            max_workers=2,
            timeout=180.0,
            archive=server.base_url,
        )
        results = await downloader.download_batch(
            [second, first, second], mission="Kepler", cadence="long"
        )
    assert [(r.target_id, r.success) for r in results] == [(second, True), (first, True)]
    files = [p for p in (tmp_path / "data").rglob("*") if p.is_file()]
    assert sorted(p.name for p in files) == sorted(f"{n}.fits" for n in (first, second))
    assert [Path(r.filepath) in files for r in results] == [True, True]


async def test_targets_that_cannot_be_had_are_outcomes(tmp_path: Path) -> None:
    """An unknown name, a star without data and nonsense each have a row with a reason."""
    names = ["Nobody-1", "KIC 757076", "a/b", "KIC 0"]
    async with ArchiveSimulator(_HOLDINGS) as server:
        downloader = AsyncDownloader(tmp_path / "raw", archive=server.base_url)
        results = await downloader.download_batch(names)
    assert [r.reason for r in results] == [
        Reason.UNKNOWN_NAME,
        Reason.NO_DATA,
        Reason.INVALID_TARGET,
        Reason.INVALID_TARGET,
    ]
    assert not any(r.success for r in results)
    assert all(r.error for r in results)


async def test_a_cadence_that_a_star_lacks_is_an_outcome(tmp_path: Path) -> None:
    """A star without the requested cadence has an outcome that says so."""
    async with ArchiveSimulator(_HOLDINGS) as server:
        downloader = AsyncDownloader(tmp_path / "raw", archive=server.base_url)
        (result,) = await downloader.download_batch([f"KIC {_KICS[0]}"], cadence="short")
    assert (result.success, result.reason) == (False, Reason.NO_SUCH_CADENCE)


async def test_arguments_are_checked(tmp_path: Path) -> None:
    """The library refuses what the command line refuses."""
    with pytest.raises(UsageError, match="workers"):
        AsyncDownloader(tmp_path, 0)
    with pytest.raises(UsageError, match="time-out"):
        AsyncDownloader(tmp_path, timeout=float("nan"))
    downloader = AsyncDownloader(tmp_path / "raw", archive=str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="unknown archive"):
        await downloader.download_batch(["KIC 1"])
    with pytest.raises(UsageError, match="unknown mission"):
        await downloader.download_batch(["KIC 1"], mission="Hubble")


async def test_outputs_in_the_way_are_not_overwritten(tmp_path: Path) -> None:
    """The output of another run is refused even without records."""
    name = f"KIC {_KICS[0]}"
    async with ArchiveSimulator(_HOLDINGS) as server:
        downloader = AsyncDownloader(tmp_path, archive=server.base_url)
        await downloader.download_batch([name])
        with pytest.raises(RunConflict, match="--output"):
            await downloader.download_batch([name])


def test_public_names_are_there() -> None:
    """Every name in `__all__` exists, and no other name is promised."""
    for name in preprocessing.__all__:
        assert getattr(preprocessing, name) is not None
    assert sorted(preprocessing.__all__) == preprocessing.__all__
    with pytest.raises(AttributeError, match="nonsense"):
        _ = preprocessing.nonsense


@pytest.mark.slow
async def test_results_are_not_read_again_for_stars_that_are_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One name in a list of numbers does not cost a scan of the results for each."""
    read: list[Path] = []

    def count(path: Path) -> dict[int | str, int]:
        read.append(path)
        return row_offsets(path)

    monkeypatch.setattr(run_records, "row_offsets", count)
    async with ArchiveSimulator(_HOLDINGS) as server:
        downloader = AsyncDownloader(
            tmp_path / "raw", archive=server.base_url, results_path=tmp_path / "r.csv"
        )
        names = [_name_of(_KICS[0]), *(f"KIC {kic}" for kic in _KICS)]
        results = await downloader.download_batch(names)
    assert len(results) == len(names)
    # At most once, for the second name of the one star that has two.
    assert len(read) <= 1
