"""What features and companions mean, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from preprocessing.cli.explained_columns import explained_column, explained_field
from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import did_you_mean
from preprocessing.core.value_column import ValueColumn
from preprocessing.features.definition import Feature
from preprocessing.features.domains import FEATURES
from preprocessing.features.extraction import COMPANIONS
from preprocessing.tables.curve_rows import OF_LIGHT_CURVE

__all__ = ["explain"]


def explain(name: str) -> Iterator[str]:
    """Yield the lines of a definition.

    Parameters
    ----------
    name : str
        A feature or companion; empty for a line about each feature.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    if not name:
        for number, feature in enumerate(FEATURES, 1):
            yield f"{number:2} {feature.name:23} {feature.meaning}"
        return
    every: tuple[Feature | ValueColumn, ...] = (*FEATURES, *OF_LIGHT_CURVE, *COMPANIONS)
    known = {one.name: one for one in every}
    one = known.get(name.lower())
    if one is None:
        guess = did_you_mean(name, known)
        raise UsageError(
            f"there is no feature {name!r}{guess and f'; {guess}'} (--explain alone lists all)"
        )
    yield from _of_feature(one) if isinstance(one, Feature) else _of_companion(one)


def _of_feature(feature: Feature) -> Iterator[str]:
    yield f"{feature.name}: {feature.meaning}"
    yield from explained_field("Formula", feature.formula)
    yield from explained_field("Unit", feature.unit or "a plain number")
    yield from explained_field(
        "Range", f"{feature.low:g} to {feature.high:g}; values are not clipped to it"
    )
    yield from explained_field("Null when", feature.undefined_when)
    yield from explained_field("Reference", feature.reference)


def _of_companion(companion: ValueColumn) -> Iterator[str]:
    yield from explained_column(companion)
    yield from explained_field(
        "Kind", "companion: it stands beside the features, and ranks nothing"
    )
