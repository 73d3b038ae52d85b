"""Small runs whose stars others download, and what they leave."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from preprocessing import AsyncDownloader
from preprocessing.acquire.archives import open_archive
from preprocessing.acquire.runs.elsewhere import Elsewhere, UnitWorkers
from preprocessing.acquire.runs.summary import RunSummary
from preprocessing.acquire.runs.unit import Sources
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.targets import TargetList

__all__ = ["download", "outputs", "rows"]

#: Columns that say when and how fast, and where.
_TIMES = ("download_time", "timestamp", "filepath", "bytes", "retries")


async def download(
    folder: Path, url: str, names: list[str], workers: UnitWorkers | None = None, **options: Any
) -> RunSummary:
    """Download stars with two connections a unit, here or with workers."""
    downloader = AsyncDownloader(
        folder / "raw",
        2,
        results_path=folder / "results.csv",
        checkpoint_dir=folder / "checkpoints",
        **options,
    )
    recipe = make_recipe("Kepler", None, None, "default", None, ())
    elsewhere = None if workers is None else Elsewhere(workers, Sources(url, (), {}))
    async with open_archive(url, 2) as archive:
        targets = TargetList.of(names, "KIC")
        return await downloader.run(targets, recipe, archive, elsewhere=elsewhere)


def rows(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the results without times, by target."""
    with open(folder / "results.csv", newline="") as stream:
        found = [{k: v for k, v in r.items() if k not in _TIMES} for r in csv.DictReader(stream)]
    return sorted(found, key=lambda row: row["target_id"])


def outputs(folder: Path) -> dict[str, bytes]:
    """Return the outputs by name; whatever else is in their folder, too."""
    return {path.name: path.read_bytes() for path in (folder / "raw").iterdir()}
