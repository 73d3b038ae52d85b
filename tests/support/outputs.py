"""Small outputs of every mission and author, made as a run makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.clock import ClockReading
from preprocessing.core.file_record import FileRecord, failed_file
from preprocessing.core.reasons import Reason
from preprocessing.core.remote_path import Location
from preprocessing.fits.format import CardValue
from preprocessing.fits.stitch import stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions import MISSIONS, Product
from preprocessing.missions.recipe import make_recipe
from tests.support.mission_samples import SAMPLES, layout_of, product_of, sample_file, sample_rows

__all__ = ["KINDS", "on_disk", "write_output", "write_sample"]

#: One sample for each author and cadence, by what they are called in `SAMPLES`.
KINDS = tuple(SAMPLES)


def write_sample(folder: Path, kind: str, stem: str = "") -> Path:
    """Write the output of one sample's star, with some points missing, and return its path."""
    return write_output(folder, [product_of(kind)], stem=stem)


def write_output(
    folder: Path,
    products: Sequence[Product],
    failed: Sequence[Product] = (),
    stem: str = "",
    primary: Mapping[str, CardValue] | None = None,
    make_rows: Callable[..., NDArray[np.void]] = sample_rows,
    note_clock: Callable[[ClockReading], None] = lambda reading: None,
) -> Path:
    """Write the output of files of one star, and return its path.

    `primary` has cards of its files' primary headers, in place of those of the sample; `note_clock`
    is told what its files say of the mission's clock.
    """
    first = products[0]
    mission = MISSIONS[first.mission]
    recipe = make_recipe(first.mission, first.cadence, None, "default", first.author)
    stem = stem or f"{mission.catalog}_{first.number}"
    path = folder / recipe.output_name(stem)
    writer = StitchedWriter(path, recipe, first.exposure_s)
    records: list[FileRecord] = []
    for seed, product in enumerate(products):
        rows = make_rows(product, seed=seed)
        rows[layout_of(product).fluxes[recipe.flux].flux][3:5] = np.nan
        quarter = stitch_file(sample_file(product, rows, primary), product, recipe)
        writer.describe_star(quarter.star)
        writer.append(quarter.rows)
        records.append(quarter.record)
        if quarter.clock is not None:
            note_clock(quarter.clock)
    records += [failed_file(product, Reason.TIMEOUT) for product in failed]
    writer.finish(records, None)
    return path


def on_disk(path: Location) -> Path:
    """Return the path of a file that must be on this machine."""
    assert isinstance(path, Path)
    return path
