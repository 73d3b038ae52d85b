"""The feature set: which domains there are, and what each computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain

from preprocessing.core.value_column import ValueColumn
from preprocessing.features import frequency, residual, shape, statistical, temporal, transit
from preprocessing.features.definition import Feature, Value
from preprocessing.features.star_light import StarLight

__all__ = ["DOMAINS", "FEATURES", "CompanionValue", "Domain"]

#: A companion's value; None if it is not known.
CompanionValue = float | int | str | bool | None


def _none(star: StarLight) -> Mapping[str, CompanionValue]:
    return {}


@dataclass(frozen=True)
class Domain:
    """Features of one kind, and how they are computed.

    Parameters
    ----------
    features : tuple of Feature
        Their definitions, in the order of the columns.
    compute : callable
        Returns their values for one star.
    companions : tuple of ValueColumn
        Definitions of what the domain puts beside its features.
    compute_companions : callable
        Returns the companions' values for one star.
    """

    features: tuple[Feature, ...]
    compute: Callable[[StarLight], Mapping[str, Value]]
    companions: tuple[ValueColumn, ...] = ()
    compute_companions: Callable[[StarLight], Mapping[str, CompanionValue]] = _none


#: In the order of the columns.
DOMAINS: tuple[Domain, ...] = (
    Domain(statistical.FEATURES, statistical.statistical),
    Domain(temporal.FEATURES, temporal.temporal),
    Domain(
        frequency.FEATURES,
        frequency.frequency_features,
        frequency.COMPANIONS,
        frequency.frequency_companions,
    ),
    Domain(residual.FEATURES, residual.residual),
    Domain(shape.FEATURES, shape.shape_features),
    Domain(
        transit.FEATURES,
        transit.transit_features,
        transit.COMPANIONS,
        transit.transit_companions,
    ),
)
#: Every feature, in the order of the columns.
FEATURES = tuple(chain.from_iterable(domain.features for domain in DOMAINS))
