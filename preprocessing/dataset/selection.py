"""Choose light curves by what is known of their stars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from preprocessing.catalog.star_table import matching
from preprocessing.core.errors import UsageError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.dataset.outcomes_csv import outcome_table

__all__ = ["chosen_files"]


def chosen_files(
    where: str, stars: Path | None, outcomes: Sequence[TargetOutcome]
) -> frozenset[str]:
    """Return the names of the FITS files of stars that meet a condition.

    Parameters
    ----------
    where : str
        The condition.
    stars : Path or None
        The table of stars of a packed data set; None if it is not packed.
    outcomes : sequence of TargetOutcome
        What the condition is about if the data set is not packed.

    Raises
    ------
    UsageError
        It is no condition, or there is nothing that it could be about.
    """
    if stars is not None:
        return frozenset(matching(stars, where, "fits_file"))
    if not outcomes:
        raise UsageError(
            "there are no records to choose by: pack the data set with xenoscan pack, or name the"
            " results CSV"
        )
    files = matching(outcome_table(outcomes), where, "filepath")
    return frozenset(Path(file).name for file in files)
