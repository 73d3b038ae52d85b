"""What one worker does at a time: vet some neighboring stars of a data set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from preprocessing.core.known_object import KnownObject, ObjectKind
from preprocessing.core.light_curve import LightCurve
from preprocessing.dataset.units import Done, Unit, read_unit
from preprocessing.missions import MISSIONS
from preprocessing.tables.curve_rows import FILE, Row, row_digest
from preprocessing.tables.light_curves import centroid_digest
from preprocessing.vetting.coincidence import observed_runs
from preprocessing.vetting.star import Star
from preprocessing.vetting.table.columns import (
    disposition_rows,
    event_rows,
    identity_of,
    vetting_row,
)
from preprocessing.vetting.table.feature_rows import FeatureRow
from preprocessing.vetting.table.given_star import given_star, parameters_of, places_of
from preprocessing.vetting.table.population import Place, Runs, RunsOfStars, joined
from preprocessing.vetting.vetting import vet

__all__ = ["VettedUnit", "VettingUnit", "vet_unit"]

#: Times further than this from a mission's reference, in days, are none: no mission lasted as long.
_LONGEST_MISSION_D = 36_525.0


@dataclass(frozen=True)
class VettingUnit:
    """Some stars of a data set, and what is known of them.

    Parameters
    ----------
    stars : Unit
        Which stars.
    features : mapping of str to FeatureRow
        What the tables of features have of them, by FITS file.
    known : mapping of int to sequence of KnownObject, or None
        What tables say of them, by number; None without any table.
    known_kinds : frozenset of ObjectKind
        What kinds of objects the tables have, of these stars or of others.
    of_several : frozenset of int
        Numbers of those stars that have several light curves, maybe in other units.
    """

    stars: Unit
    features: Mapping[str, FeatureRow] = field(repr=False)
    known: Mapping[int, Sequence[KnownObject]] | None = None
    known_kinds: frozenset[ObjectKind] = frozenset()
    of_several: frozenset[int] = frozenset()


@dataclass
class VettedUnit(Done):
    """What became of a unit.

    Parameters
    ----------
    stale : list of str
        Light curves that the tables of features lack, or had otherwise.
    runs : mapping of Place to RunsOfStars
        When its stars were observed at which place, also those whose rows are right.
    """

    stale: list[str] = field(default_factory=list)
    runs: Mapping[Place, RunsOfStars] = field(default_factory=dict, repr=False)


def vet_unit(unit: VettingUnit) -> VettedUnit:
    """Vet some stars, but for those whose rows are right.

    Parameters
    ----------
    unit : VettingUnit
        Which stars.
    """
    done, observed = VettedUnit(([], [], [])), _Observed(unit.of_several)
    for curve, about in read_unit(unit.stars, done):
        file = str(about[FILE])
        row = unit.features.get(file)
        if row is None or row.input_sha256 != row_digest(about):
            done.stale.append(file)
            continue
        observed.add(curve)
        known = None if unit.known is None else unit.known.get(curve.number, ())
        digest = _digest(curve, about, row, known, unit.known_kinds)
        if unit.stars.known.get(file) == digest:
            done.unchanged.append(file)
        else:
            star = given_star(curve, row.features, row.candidates, known, unit.known_kinds)
            _add(done, curve, about, star, digest)
    done.runs = observed.runs()
    return done


def _add(done: VettedUnit, curve: LightCurve, about: Row, star: Star, digest: str) -> None:
    vetted = vet(star)
    identity = identity_of(MISSIONS[curve.mission], curve.number, about)
    rows, events, dispositions = done.rows
    rows.append(vetting_row(identity, digest, star, vetted))
    events.extend(event_rows(identity, star, vetted))
    dispositions.extend(disposition_rows(identity, star, vetted))


class _Observed:
    """When the stars of a unit were observed at which place."""

    def __init__(self, of_several: frozenset[int]) -> None:
        self._of_several = of_several
        self._of: dict[Place, dict[int | None, list[Runs]]] = defaultdict(lambda: defaultdict(list))

    def add(self, curve: LightCurve) -> None:
        """Add a star."""
        is_known = np.isfinite(curve.flux) & (np.abs(curve.time) < _LONGEST_MISSION_D)
        star = curve.number if curve.number in self._of_several else None
        for sequence, name in places_of(curve).items():
            own = np.sort(curve.time[is_known & (curve.sequence_number == sequence)])
            self._of[name, sequence][star].append(observed_runs(own))

    def runs(self) -> dict[Place, RunsOfStars]:
        """Return the runs of all of them."""
        return {
            place: {star: joined(own) for star, own in stars.items()}
            for place, stars in self._of.items()
        }


def _digest(
    curve: LightCurve,
    about: Row,
    row: FeatureRow,
    known: Sequence[KnownObject] | None,
    known_kinds: frozenset[ObjectKind],
) -> str:
    """Return the digest of all that a star's rows are made from."""
    objects = None if known is None else [asdict(one) for one in known]
    return row_digest(
        {
            "light_curve": about,
            "centroids": centroid_digest(curve),
            "places": places_of(curve),
            "parameters": parameters_of(curve),
            "features": row.features,
            "candidates": row.candidates,
            "known": objects,
            "known_kinds": sorted(map(str, known_kinds)),
        }
    )
