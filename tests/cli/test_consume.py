"""The command ``xenoscan pack --consume``: FITS files give way to their packed light curves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from preprocessing import open_dataset
from preprocessing.cli.main import main
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.packed_folder import PackedFolder, partition_files
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.held_lock import run_in_progress
from tests.support.packing import contents, star_rows, write_star
from tests.support.scraping import wait_until

pytestmark = pytest.mark.slow

_HOLDINGS = SyntheticHoldings(8, n_quarters=1)
_N_STARS = 6


@pytest.fixture(scope="module")
def server() -> Iterator[ArchiveThread]:
    """Serve stars of one quarter each."""
    with ArchiveThread(_HOLDINGS) as archive:
        yield archive


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, server: ArchiveThread) -> Path:
    """Return a data set that was downloaded, which no test changes."""
    root = tmp_path_factory.mktemp("consume") / "original"
    words = ["--archive", server.base_url, "--targets", str(_N_STARS), "--quiet"]
    assert main(["download", "--dataset", str(root), *words]) == 0
    return root


@pytest.fixture
def places(original: Path, tmp_path: Path) -> DatasetFolder:
    """Return a copy of the data set."""
    return DatasetFolder(Path(shutil.copytree(original, tmp_path / "stars")))


def pack(places: DatasetFolder, *words: str) -> int:
    return main(["pack", str(places.root), *words])


def resume(places: DatasetFolder, *words: str) -> int:
    return main(["download", "--dataset", str(places.root), "--quiet", *(words or ["--resume"])])


def fits(places: DatasetFolder) -> list[str]:
    return sorted(path.name for path in places.lightcurves.glob("*.fits"))


def curves(root: Path) -> dict[str, LightCurve]:
    return {star.name: star for star in open_dataset(root, verify=True)}


def assert_all_there(root: Path, original: Path) -> None:
    """Every star can be read, from FITS or packed, bit for bit."""
    found, expected = curves(root), curves(original)
    assert found.keys() == expected.keys()
    for name, star in expected.items():
        for column in ("time", "flux", "flux_err", "centroid_col"):
            assert getattr(found[name], column).tobytes() == getattr(star, column).tobytes()


def test_everything_goes_on_without_fits_files(
    places: DatasetFolder,
    original: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Consumed stars are read, verified, not fetched again, and packed with those that follow."""
    assert pack(places, "--consume") == 0
    assert f"removed, for they are packed: {_N_STARS}." in capsys.readouterr().out
    assert fits(places) == []
    assert_all_there(places.root, original)
    assert main(["verify", str(places.root)]) == 0
    assert f"{_N_STARS} outputs are packed, and need no FITS file." in capsys.readouterr().out
    manifest = places.results.with_name("download_results_manifest.jsonl")
    outcomes = manifest.read_text().count('"kind":"target"')
    for words in (["--resume"], ["--refresh"], ["--retry-failed"]):
        assert resume(places, *words) == 0
    assert manifest.read_text().count('"kind":"target"') == outcomes
    assert fits(places) == []
    before = contents(places.root)
    assert pack(places, "--consume", "--quiet") == 0
    assert contents(places.root)["stars.parquet"] == before["stars.parquet"]
    assert main(["verify", str(places.root), "--repair"]) == 0
    assert len(open_dataset(places.root).lost()) == 0


def test_lost_stars_are_fetched_again(
    places: DatasetFolder, original: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Damage that nothing is left to repair from puts its stars on the list again."""
    assert pack(places, "--consume", "--quiet") == 0
    [path] = partition_files(PackedFolder(places.root).curves)
    column = pq.read_metadata(path).row_group(0).column(20)
    body = bytearray(path.read_bytes())
    body[column.data_page_offset + column.total_compressed_size // 2] ^= 1
    path.write_bytes(body)
    assert pack(places, "--quiet") == 1
    assert "xenoscan verify --repair" in capsys.readouterr().err
    assert main(["verify", str(places.root), "--repair"]) == 1
    out = capsys.readouterr().out
    assert f"damaged: {path}: " in out
    assert f"{_N_STARS} light curves are damaged there, and their FITS files are gone" in out
    assert f"On the list again: {_N_STARS} targets" in out
    assert resume(places) == 0
    assert len(fits(places)) == _N_STARS
    assert pack(places, "--consume", "--quiet") == 0
    assert main(["verify", str(places.root)]) == 0
    assert_all_there(places.root, original)


def test_beside_a_download(
    places: DatasetFolder, original: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """While a run writes, what it has finished and recorded is packed, and nothing else."""
    rows = places.results.read_text().splitlines(keepends=True)
    write_star(places.lightcurves, 5)
    with run_in_progress(places):
        places.results.write_text(rows[0])
        assert pack(places, "--consume") == 2
        assert "has finished no light curve yet" in capsys.readouterr().err
        places.results.write_text("".join(rows[:-2]))
        assert pack(places) == 2
        assert "another run is writing" in capsys.readouterr().err
        assert pack(places, "--consume", "--quiet") == 0
        assert len(fits(places)) == 3
        assert len(star_rows(places.root)) == _N_STARS - 2
        assert len(open_dataset(places.root)) == _N_STARS + 1
        with places.results.open("a") as stream:
            stream.writelines(rows[-2:])
        assert pack(places, "--consume", "--quiet") == 0
        assert fits(places) == ["KIC_5.fits"]
    (places.lightcurves / "KIC_5.fits").unlink()
    assert_all_there(places.root, original)
    assert main(["verify", str(places.root)]) == 0


def test_beside_a_refresh(places: DatasetFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that replaces complete light curves must end before their files are removed."""
    assert resume(places, "--refresh") == 0
    with run_in_progress(places):
        assert pack(places, "--consume") == 2
        assert "a run with --refresh replaces light curves" in capsys.readouterr().err
    assert len(fits(places)) == _N_STARS


def test_partial_and_unrecorded_stars_stay(places: DatasetFolder) -> None:
    """A FITS file is removed only if results and manifest say that it is complete."""
    write_star(places.lightcurves, 5, SYNTHET=True)
    kept = next(name for name in fits(places) if name != "KIC_5.fits")
    text = places.results.read_text()
    [row] = [line for line in text.splitlines(keepends=True) if f"/{kept}," in line]
    places.results.write_text(text.replace(row, ""))
    assert pack(places, "--consume", "--quiet") == 0
    assert fits(places) == sorted([kept, "KIC_5.fits"])
    assert len(open_dataset(places.root)) == _N_STARS + 1


def test_kills_lose_nothing(places: DatasetFolder, original: Path) -> None:
    """After kill -9 at any moment, every star can be read, and the next run completes the rest."""
    # Forked for each attempt, for importing takes longer than packing.
    program = f"""
import os, sys
import astropy_healpix, pyarrow.pandas_compat
import preprocessing.dataset.packing.consume as consume
import preprocessing.dataset.packing.pack
import preprocessing.tables.sky_cells as sky_cells
from preprocessing.cli.main import main
sky_cells.MOST_STARS = consume._STARS_A_STEP = 2
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        os._exit(main(["pack", {str(places.root)!r}, "--consume", "--quiet"]))
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""
    forker = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert forker.stdin is not None and forker.stdout is not None
    folder = PackedFolder(places.root).curves
    moments = (
        lambda: any(partition_files(folder)),
        lambda: len(fits(places)) < _N_STARS - 3,
    )
    for is_moment in moments:
        print("pack", file=forker.stdin, flush=True)
        process = int(forker.stdout.readline())
        wait_until(is_moment)
        os.kill(process, signal.SIGKILL)
        assert int(forker.stdout.readline()) == signal.SIGKILL
        assert_all_there(places.root, original)
    print("pack", file=forker.stdin, flush=True)
    assert [int(forker.stdout.readline()) for _ in range(2)][1] == 0
    forker.communicate()
    assert fits(places) == []
    assert_all_there(places.root, original)
    assert main(["verify", str(places.root)]) == 0
