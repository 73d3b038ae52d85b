"""Choose light curves by what is known of their stars."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.catalog.star_table import matching
from preprocessing.core.errors import ProductError, UsageError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.dataset.outcomes_csv import outcome_table
from preprocessing.fits.output_file import read_summary

if TYPE_CHECKING:
    from preprocessing.dataset.packed_curves import PackedCurves
    from preprocessing.tables.unpacked_stars import UnpackedStar

__all__ = ["chosen_files"]

_log = logging.getLogger(__name__)


def chosen_files(
    where: str,
    packed: PackedCurves | None,
    unpacked: Collection[Path],
    outcomes: Sequence[TargetOutcome],
) -> frozenset[str]:
    """Return the names of the FITS files of stars that meet a condition.

    Parameters
    ----------
    where : str
        The condition.
    packed : PackedCurves or None
        The packed light curves; None if there are none.
    unpacked : collection of Path
        FITS files that are not packed; if others are, their headers are read.
    outcomes : sequence of TargetOutcome
        What the condition is about if nothing is packed.

    Raises
    ------
    UsageError
        It is no condition, or there is nothing that it could be about.
    """
    if packed is not None:
        return frozenset(_among_packed(where, packed, unpacked, outcomes))
    if not outcomes:
        raise UsageError(
            "there are no records to choose by: pack the data set with xenoscan pack, or name the"
            " results CSV"
        )
    files = matching(outcome_table(outcomes), where, "filepath")
    return frozenset(Path(file).name for file in files)


def _among_packed(
    where: str,
    packed: PackedCurves,
    unpacked: Collection[Path],
    outcomes: Sequence[TargetOutcome],
) -> list[str]:
    if not unpacked or not isinstance(packed.stars, Path):
        return matching(packed.stars, where, "fits_file")
    from preprocessing.tables.unpacked_stars import all_stars

    by_file = defaultdict(list)
    for outcome in outcomes:
        if outcome.success:
            by_file[Path(outcome.filepath).name].append(outcome)
    try:
        table = all_stars(packed.stars, packed.places, _read_headers(unpacked), by_file)
    except ProductError as error:
        raise UsageError(
            f"cannot read {packed.stars} ({error}): run xenoscan pack again"
        ) from error
    return matching(table, where, "fits_file")


def _read_headers(paths: Iterable[Path]) -> list[UnpackedStar]:
    """Read the headers of FITS files; warn of those that cannot be read."""
    from preprocessing.tables.unpacked_stars import UnpackedStar

    stars, damaged = [], []
    for path in paths:
        try:
            found = read_summary(path)
            columns = {
                "ra": found.ra,
                "dec": found.dec,
                "name": found.name,
                "fits_file": path.name,
                "fits_bytes": path.stat().st_size,
                "author": found.author,
                "cadence": found.cadence,
                "exposure_s": found.exposure_s,
                "flux_column": found.flux_column,
                "synthetic": found.is_synthetic,
                "n_points": found.n_points,
            }
        except (ProductError, OSError) as error:
            damaged.append(f"{path}: {error}")
            continue
        stars.append(UnpackedStar(found.mission, found.number, columns, found.header.values()))
    if damaged:
        _log.warning(
            "%d light curves that are not packed cannot be read, and are not chosen: %s%s",
            len(damaged),
            damaged[0],
            " ..." if len(damaged) > 1 else "",
        )
    return stars
