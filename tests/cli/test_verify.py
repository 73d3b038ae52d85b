"""The verify command checks a data set."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from preprocessing.acquire.records.opening import lock_paths
from preprocessing.fits.format import BLOCK
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.system.run_lock import hold
from scripts import verify_dataset
from tests.support.scraping import Place, everything_below

_HOLDINGS = SyntheticHoldings(3, n_quarters=1)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return where a run ended."""
    place = Place(tmp_path)
    with ArchiveThread(_HOLDINGS) as server:
        assert place.scrape("--targets", "3", "--archive", server.base_url, "--quiet") == 0
    yield place


def _verify(place: Place, *options: str) -> int:
    records = (f"--results={place.results}", f"--checkpoint-dir={place.checkpoint.parent}")
    return verify_dataset.main([str(place.raw), *records, *options])


@pytest.mark.slow
def test_a_sound_data_set(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """An intact data set gives a summary and status 0, and --repair touches nothing."""
    before = everything_below(place.root)
    assert _verify(place) == 0
    assert _verify(place, "--repair") == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "All of it is sound."
    assert err == ""
    assert everything_below(place.root) == before


@pytest.mark.slow
def test_what_is_found_is_named_and_put_right(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each problem has a line, and --repair says how to fetch what is missing."""
    first, second, _ = sorted(path for path in place.raw.iterdir())
    content = bytearray(first.read_bytes())
    content[9 * BLOCK] ^= 1
    first.write_bytes(content)
    second.unlink()
    before = everything_below(place.root)
    assert _verify(place) == 1
    assert everything_below(place.root) == before
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        f"missing: {second}: is not there",
        f"damaged: {first}: a checksum is wrong",
    ]
    assert lines[-1] == "Found: 1 missing, 1 damaged."
    assert _verify(place, "--repair") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3] == f"moved aside: {first.name} to {place.root / 'damaged' / first.name}"
    assert lines[-2].startswith("On the list again: 2 targets.")
    assert lines[-1].startswith("python scripts/xenoscan_scraper.py ")
    assert lines[-1].endswith(" --resume")
    assert _verify(place) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == ["missing", "missing"]


@pytest.mark.slow
async def test_a_run_in_progress_is_left_alone(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run in progress is named and left alone, with status 2."""
    async with hold(lock_paths(place.raw, place.results, place.checkpoint.parent)):
        assert await asyncio.to_thread(_verify, place) == 2
    assert "another run is writing to" in capsys.readouterr().err


@pytest.mark.slow
def test_defaults_are_beside_the_outputs(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default records lie beside the outputs or in the working directory."""
    for old, new in (("results.csv", "download_results.csv"), _MANIFEST):
        (place.root / old).rename(place.root / new)
    # The checkpoint notes no path that counts.
    assert verify_dataset.main([str(place.raw)]) == 0
    elsewhere = place.root / "data" / "raw"
    elsewhere.parent.mkdir()
    place.raw.rename(elsewhere)
    monkeypatch.chdir(place.root)
    assert verify_dataset.main(["data/raw"]) == 0
    assert "All of it is sound." in capsys.readouterr().out


_MANIFEST = ("results_manifest.jsonl", "download_results_manifest.jsonl")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "DIR"),
        (["nowhere"], "no folder"),
        (["."], "none of"),
        ([".", "--repare"], "--repare"),
    ],
)
def test_bad_usage(
    arguments: list[str],
    word: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Bad usage is one line with status 2."""
    monkeypatch.chdir(tmp_path)
    assert verify_dataset.main(arguments) == 2
    err = capsys.readouterr().err
    assert word in err
    assert len(err.splitlines()) == 1
