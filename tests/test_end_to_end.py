"""The command as a user runs it, from real and synthetic files to what lightkurve reads."""

from __future__ import annotations

import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from preprocessing.embedded.mirror import MirrorHoldings
from preprocessing.embedded.server import ArchiveThread
from preprocessing.missions import Product
from tests.scraping import Place


@contextmanager
def _source(kind: str, folder: Path) -> Iterator[str]:
    """Yield what `--archive` is given for a folder of mission files."""
    if kind == "directory":
        yield str(folder)
        return
    with ArchiveThread(MirrorHoldings(folder)) as server:
        yield server.base_url


def _bytes(column: np.ndarray) -> bytes:
    filled = np.ma.filled(np.asarray(column), np.nan)
    return filled.astype(filled.dtype.newbyteorder("=")).tobytes()


def _real_stars(folder: Path, cadence: str) -> dict[int, list[Path]]:
    holdings = MirrorHoldings(folder)
    paths = {path.name: path for path in folder.rglob("kplr*.fits")}
    stars: defaultdict[int, list[Path]] = defaultdict(list)
    for kic in holdings.star_keys():
        products: list[Product] = [p for p in holdings.star(kic).products if p.cadence == cadence]
        if products:
            stars[kic] = [paths[p.file_name] for p in sorted(products)]
    return dict(stars)


@pytest.mark.parametrize("kind", ["mirror", "directory"])
@pytest.mark.parametrize(("cadence", "suffix"), [("long", ""), ("short", "_short")])
def test_real_files_come_out_as_lightkurve_stitches_them(
    tmp_path: Path, real_files: Path, kind: str, cadence: str, suffix: str
) -> None:
    """Every real star's output, read by lightkurve, has the bytes of lightkurve's stitch."""
    import lightkurve

    stars = _real_stars(real_files, cadence)
    assert any(len(files) > 1 for files in stars.values())
    place = Place(tmp_path)
    with _source(kind, real_files) as archive:
        ids = ",".join(map(str, stars))
        status = place.scrape("--ids", ids, "--cadence", cadence, "--archive", archive, "--quiet")
    assert {row["reason"] for row in place.rows()} == {"complete"}
    assert status == 0
    for kic, files in stars.items():
        ours = lightkurve.read(place.raw / f"KIC_{kic}{suffix}.fits")
        assert isinstance(ours, lightkurve.KeplerLightCurve)
        theirs = lightkurve.LightCurveCollection(map(lightkurve.read, files)).stitch()
        for column in ("time", "flux", "flux_err"):
            left = getattr(ours[column], "value", ours[column])
            right = getattr(theirs[column], "value", theirs[column])
            assert left.dtype.newbyteorder("=") == right.dtype.newbyteorder("=")
            assert _bytes(left) == _bytes(right)


def test_the_embedded_archive_from_any_folder(tmp_path: Path) -> None:
    """Started elsewhere and without paths, a run leaves its files below data/embedded."""
    place = Place(tmp_path / "unused")
    command = [word for word in place.command() if word not in place.options()]
    done = subprocess.run(
        [*command, "--archive", "embedded", "--targets", "3", "--log-level", "debug"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "What bounded the run" in done.stdout
    base = tmp_path / "data" / "embedded"
    assert len(list((base / "raw").glob("KIC_*.fits"))) == 3
    assert (base / "download_results.csv").exists()
    assert (base / "checkpoints" / "scraper_checkpoint.json").exists()
    assert {path.name for path in tmp_path.iterdir()} <= {"data", "xenoscan-cache"}


def test_a_bar_at_a_terminal(tmp_path: Path, real_files: Path) -> None:
    """With standard error at a terminal the run draws a bar that ends at the total."""
    reader, writer = os.openpty()
    place = Place(tmp_path)
    run = place.start("--targets", "2", "--archive", str(real_files), stderr=writer)
    os.close(writer)
    shown = b""
    while True:
        try:
            piece = os.read(reader, 65536)
        except OSError:
            # Linux says so where the other end of a terminal is closed.
            break
        if not piece:
            break
        shown += piece
    os.close(reader)
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert b"2/2" in shown
    assert b"100% ok" in shown
