"""The table of the population, and what it says of events and stars: built in one pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D
from preprocessing.missions import Mission
from preprocessing.tables.light_curves import key_column
from preprocessing.tables.value_tables import (
    concatenated,
    numbers_of,
    rows_by,
    table_of_columns,
    table_of_rows,
    with_values,
)
from preprocessing.vetting.coincidence import (
    FEWEST_STARS,
    RULES,
    Coverage,
    Crowd,
    crowd_of,
    merged_runs,
)
from preprocessing.vetting.label import Undecided
from preprocessing.vetting.table.columns import (
    IS_COINCIDENT,
    LABELS,
    OF_POPULATION,
    STARS_NEAR,
    STARS_OBSERVED,
    is_column,
    reason_column,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Coverages", "Place", "Runs", "RunsOfStars", "completed", "joined", "population_of"]

#: Where light fell on the detectors, and in which file.
Place = tuple[str, int]
#: Runs of bins in which stars were observed: first ones, and ends.
Runs = tuple[NDArray[np.int64], NDArray[np.int64]]
#: Those of each star that has several light curves, by its number, and of all others together.
RunsOfStars = Mapping[int | None, Runs]
(_RULE,) = RULES


class Coverages:
    """How many stars were observed at each place."""

    def __init__(self) -> None:
        self._of: dict[Place, Coverage] = defaultdict(Coverage)
        # Units of work may divide the light curves of a star, which counts once.
        self._of_several: dict[Place, dict[int, list[Runs]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def add(self, runs: Mapping[Place, RunsOfStars]) -> None:
        """Add the stars of a unit of work."""
        for place, of_stars in runs.items():
            for star, own in of_stars.items():
                if star is None:
                    self._of[place].add(*own)
                else:
                    self._of_several[place][star].append(own)

    def of(self, place: Place) -> Coverage:
        """Return how many stars were observed at a place, when all of them are added."""
        for own in self._of_several.pop(place, {}).values():
            self._of[place].add(*merged_runs(*joined(own)))
        return self._of[place]


def joined(runs: Sequence[Runs]) -> Runs:
    """Return runs of bins as one, of the same star or of several.

    Parameters
    ----------
    runs : sequence of Runs
        At least one.
    """
    firsts, ends = (np.concatenate(one) for one in zip(*runs, strict=True))
    return firsts, ends


def population_of(
    mission: Mission, events: pa.Table, coverages: Coverages, about: Mapping[str, str]
) -> tuple[pa.Table, pa.Table]:
    """Return the table of the population, and the events with what it says of each.

    Parameters
    ----------
    mission : Mission
        Names the star's number.
    events : pyarrow.Table
        All events.
    coverages : Coverages
        When how many stars were observed where.
    about : mapping of str to str
        What the table of the population says about itself.
    """
    star, peak_d = numbers_of(events, key_column(mission)), numbers_of(events, "peak_d")
    near, observed = np.zeros((2, len(events)), np.int64)
    is_coincident = np.zeros(len(events), bool)
    is_placed = np.zeros(len(events), bool)
    crowds: dict[Place, Crowd] = {}
    groups = rows_by(events, ("place", "sequence"))
    for (name, sequence), own in sorted(groups.items(), key=lambda one: str(one[0])):
        if name is None:
            continue
        place = (str(name), int(str(sequence)))
        crowd = crowd_of(peak_d[own], star[own], coverages.of(place))
        at = crowd.at(peak_d[own])
        near[own], observed[own] = crowd.n_near[at], crowd.n_observed[at]
        is_coincident[own], is_placed[own] = crowd.is_coincidence[at], True
        crowds[place] = crowd
    is_judged = is_placed & (observed >= FEWEST_STARS)
    for column, values, is_known in (
        (STARS_NEAR, near, is_placed),
        (STARS_OBSERVED, observed, is_placed),
        (IS_COINCIDENT, is_coincident, is_judged),
    ):
        events = with_values(events, column, np.ma.masked_array(values, ~is_known))
    return _table(crowds, about), events


def _table(crowds: Mapping[Place, Crowd], about: Mapping[str, str]) -> pa.Table:
    last = table_of_rows([], OF_POPULATION, about)
    tables = []
    for (place, sequence), crowd in crowds.items():
        n = len(crowd.cells)
        columns = (
            [place] * n,
            np.full(n, sequence),
            crowd.cells * GRID_D,
            crowd.n_stars,
            crowd.n_near,
            crowd.n_observed,
            crowd.expected,
            crowd.is_coincidence,
        )
        tables.append(table_of_columns(columns, last.schema))
    return concatenated([(table, range(len(table))) for table in tables], (), last)


def completed(stars: pa.Table, events: pa.Table) -> pa.Table:
    """Return the rows of stars with what the population says of their events.

    Parameters
    ----------
    stars : pyarrow.Table
        The rows of light curves.
    events : pyarrow.Table
        Their events, in the same order, with what the population says of each.
    """
    n_events = numbers_of(stars, "n_events")
    owner = np.repeat(np.arange(len(stars)), n_events)
    is_null = events[IS_COINCIDENT].is_null().to_numpy()
    is_coincident = events[IS_COINCIDENT].fill_null(False).to_numpy()
    near = events[STARS_NEAR].fill_null(0).to_numpy()
    observed = events[STARS_OBSERVED].fill_null(0).to_numpy()
    found = np.bincount(owner[is_coincident], minlength=len(stars))
    judged = np.bincount(owner[~is_null], minlength=len(stars))
    placed = np.bincount(owner[observed > 0], minlength=len(stars))
    share = np.zeros(len(stars))
    np.maximum.at(share, owner, np.where(is_null, 0.0, near / np.maximum(1, observed)))
    is_decided = (judged > 0) | (n_events == 0)
    reasons = np.where(placed > 0, str(Undecided.FEW_STARS), str(Undecided.NOT_RECORDED))
    name = str(_RULE.label)
    labels = [
        _with_label(label, name, is_given=is_given)
        for label, is_given in zip(stars[LABELS].to_pylist(), (found > 0).tolist(), strict=True)
    ]
    values: dict[str, NDArray[np.generic] | list[str]] = {
        LABELS: labels,
        is_column(_RULE): np.ma.masked_array(found > 0, ~is_decided),
        reason_column(_RULE): np.ma.masked_array(reasons.astype(object), is_decided),
        "coincidence_events": found,
        "coincidence_judged": judged,
        "coincidence_share": np.ma.masked_array(share, judged == 0),
    }
    for column, one in values.items():
        stars = with_values(stars, column, one)
    return stars


def _with_label(labels: str, name: str, *, is_given: bool) -> str:
    """Return labels with or without one that comes last, whether they have it already or not."""
    others = [one for one in labels.split("+") if one and one != name]
    return "+".join([*others, name] if is_given else others)
