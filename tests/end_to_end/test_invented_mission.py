"""A new mission or author is described in one place, and everything else follows from there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from preprocessing.catalog.store import open_catalog
from preprocessing.cli.catalog import build
from preprocessing.fits.light_curve_file import read_light_curve
from preprocessing.missions import MISSIONS
from preprocessing.network.retry import RetryPolicy
from preprocessing.simulator.mirror import MirrorHoldings
from preprocessing.simulator.server import ArchiveThread
from scripts import verify_dataset
from tests.support.invented_mission import (
    N_ROWS,
    PEGASUS,
    TESS_WITH_VEGA,
    pegasus_file,
    vega_file,
)
from tests.support.scraping import Place, everything_below

_TWO_VISITS, _ONE_VISIT, _FINE_ONLY = 77, 41_000_000_078, 79


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory of files of a mission and an author that only this test registers."""
    monkeypatch.setitem(MISSIONS, PEGASUS.name, PEGASUS)
    monkeypatch.setitem(MISSIONS, "TESS", TESS_WITH_VEGA)
    folder = tmp_path / "archive"
    folder.mkdir()
    for name, content in (
        pegasus_file(_TWO_VISITS, 2),
        pegasus_file(_TWO_VISITS, 10),
        pegasus_file(_ONE_VISIT, 2),
        pegasus_file(_FINE_ONLY, 3, "fine"),
        vega_file(25155310, 1),
        vega_file(25155310, 2),
    ):
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def server(archive: Path) -> Iterator[ArchiveThread]:
    """Serve that directory."""
    with ArchiveThread(MirrorHoldings(archive)) as running:
        yield running


def _assert_is_right(path: Path, visits: list[int]) -> None:
    with fits.open(path, checksum=True) as hdus:
        header, table, files = hdus[0].header, hdus[1].data, hdus[2]
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "LIGHTCURVE", "VISITS"]
        assert (header["TELESCOP"], header["MISSION"], header["AUTHOR"]) == (
            "Pegasus-2",
            "Pegasus",
            "Pegasus",
        )
        assert header["OBJECT"] == f"PEG {_TWO_VISITS}"
        assert (header["PEGNUM"], header["WHITEMAG"]) == (_TWO_VISITS, 9.5)
        assert (header["FLUXCOL"], header["QUALCOL"], header["QBITMASK"]) == ("CLEAN", "FLAGS", 4)
        assert (header["NFILEUSE"], header["NFILEBAD"]) == (len(visits), 0)
        assert hdus[1].header["JDREF"] == 2459000
        assert table.columns.names[:6] == [
            "TIME",
            "FLUX",
            "FLUX_ERR",
            "PEG_QUALITY",
            "CADENCENO",
            "VISIT",
        ]
        # Five rows of each file have a flag of the default bitmask.
        assert [int(n) for n in np.unique(table["VISIT"])] == visits
        assert len(table) == len(visits) * (N_ROWS - 5)
        assert np.nanmedian(table["FLUX"]) == pytest.approx(1.0)
        assert list(files.data["VISIT"]) == visits
        assert list(files.data["ARRAY"]) == [3] * len(visits)
        names = files.columns.names
        noise = files.header[f"TTYPE{names.index('NOISE2') + 1}"]
        assert (noise, files.header.comments[f"TTYPE{names.index('NOISE2') + 1}"]) == (
            "NOISE2",
            "[ppm] noise on 2 hours",
        )
        assert files.header[f"TNULL{names.index('CHIP') + 1}"] == -1


def test_a_mission_from_a_directory(archive: Path, tmp_path: Path) -> None:
    """A registered mission is downloaded, stitched, resumed, verified and read like any other."""
    place = Place(tmp_path / "run")
    options = ["--archive", str(archive), "--mission", "pegasus", "--quiet"]
    names = f"{_TWO_VISITS},PEG {_ONE_VISIT},pega{_FINE_ONLY:011d},PEG 80"
    assert place.scrape(*options, "--ids", names) == 1
    reasons = {row["target_id"]: row["reason"] for row in place.rows()}
    assert reasons == {
        "PEG 77": "complete",
        f"PEG {_ONE_VISIT}": "complete",
        f"pega{_FINE_ONLY:011d}": "no_such_cadence",
        "PEG 80": "no_data",
    }
    _assert_is_right(place.raw / "PEG_77.fits", [2, 10])
    before = everything_below(place.raw)
    assert place.scrape(*options, "--ids", names, "--resume") == 1
    assert everything_below(place.raw) == before
    records = (f"--results={place.results}", f"--checkpoint-dir={place.checkpoint.parent}")
    assert verify_dataset.main([str(place.raw), *records]) == 0
    curve = read_light_curve(place.raw / "PEG_77.fits")
    assert (curve.mission, len(curve.time)) == ("Pegasus", 2 * (N_ROWS - 5))


def test_the_options_of_a_mission(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line has the mission's name, its author and an option for its visits."""
    place = Place(tmp_path / "run")
    options = ["--archive", str(archive), "--mission", "Pegasus", "--ids", "77", "--quiet"]
    assert place.scrape(*options, "--visits", "3-10", "--flux", "raw") == 0
    assert fits.getval(place.raw / "PEG_77.fits", "FLUXCOL") == "RAW"
    assert fits.getval(place.raw / "PEG_77.fits", "SEQNUMS") == "3-10"
    assert place.scrape("--mission", "Kepler", "--ids", "77", "--visits", "3") == 2
    assert "--visits are of Pegasus" in capsys.readouterr().err
    assert place.scrape(*options, "--visits", "100") == 2
    assert "Pegasus has no visit 100" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        place.scrape("--help")
    out = capsys.readouterr().out
    assert "--visits" in out and "Pegasus" in out and "VEGA" in out


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["", "s3+", "stsci+"])
def test_a_mission_from_servers(kind: str, server: ArchiveThread, tmp_path: Path) -> None:
    """MAST's portal, the bucket and the folders of archive.stsci.edu find the mission's files."""
    place = Place(tmp_path / "run")
    options = [
        "--archive",
        f"{kind}{server.base_url}",
        "--mission",
        "Pegasus",
        "--quiet",
        "--retries",
        "0",
    ]
    assert place.scrape(*options, "--ids", f"77,{_ONE_VISIT}") == 0
    _assert_is_right(place.raw / "PEG_77.fits", [2, 10])
    fine = Place(tmp_path / "fine")
    assert fine.scrape(*options, "--targets", "5", "--cadence", "fast") == 0
    assert [path.name for path in fine.raw.iterdir()] == ["PEG_79_fast.fits"]


@pytest.mark.slow
def test_a_catalog_of_a_mission(server: ArchiveThread, tmp_path: Path) -> None:
    """The catalog is built of what the portal lists, and stars are chosen by its columns."""
    path = tmp_path / "pegasus.parquet"
    note = asyncio.run(build("Pegasus", server.base_url, path, RetryPolicy(retries=0)))
    assert note.rows == 3
    with open_catalog(path) as catalog:
        rows = catalog.rows("SELECT peg, nvisits, visits, nfine FROM stars ORDER BY peg")
    assert rows == [
        (_TWO_VISITS, 2, [2, 10], 0),
        (_FINE_ONLY, 0, [], 1),
        (_ONE_VISIT, 1, [2], 0),
    ]
    place = Place(tmp_path / "run")
    options = ["--archive", server.base_url, "--mission", "Pegasus", "--quiet"]
    chosen = ["--select", "most-quarters", "--targets", "1", "--catalog", str(path)]
    assert place.scrape(*options, *chosen) == 0
    assert [output.name for output in place.raw.iterdir()] == ["PEG_77.fits"]


@pytest.mark.slow
@pytest.mark.parametrize("from_server", [False, True])
def test_a_new_author(
    from_server: bool, archive: Path, server: ArchiveThread, tmp_path: Path
) -> None:
    """A registered author of a mission that exists is stitched under its own name and columns."""
    place = Place(tmp_path / "run")
    source = server.base_url if from_server else str(archive)
    options = ["--archive", source, "--mission", "TESS", "--quiet", "--ids", "TIC 25155310"]
    assert place.scrape(*options, "--author", "vega") == 0
    (path,) = place.raw.iterdir()
    assert path.name == "TIC_25155310_vega.fits"
    with fits.open(path) as hdus:
        assert (hdus[0].header["AUTHOR"], hdus[0].header["FLUXCOL"]) == ("VEGA", "BEST")
        assert hdus[1].data["FLUX"].dtype == ">f8"
        assert list(hdus[2].data["SECTOR"]) == [1, 2]
    anyone = Place(tmp_path / "any")
    assert anyone.scrape(*options, "--author", "any") == 0
    assert [other.name for other in anyone.raw.iterdir()] == [path.name]
