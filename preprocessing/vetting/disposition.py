"""What each candidate of a star is: the tests that it failed, and what they make of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting.candidate_light import StarInTrends, number_in
from preprocessing.vetting.candidate_tests import TESTS, judge
from preprocessing.vetting.judgment import Judgment, Kind, VettingTest
from preprocessing.vetting.label import Evidence
from preprocessing.vetting.star import Star

__all__ = ["COLUMNS", "Disposition", "kind_of", "vet_candidates"]


def _columns() -> Iterator[ValueColumn]:
    kinds = ", ".join(Kind)
    yield ValueColumn("disposition", str, "", f"What the candidate is: {kinds}.")
    yield ValueColumn(
        "failed_tests", str, "", "The tests that it failed, with + between; empty if none."
    )
    for rule in TESTS:
        name, means = str(rule.test), rule.measures
        yield ValueColumn(name, float, rule.unit, means)
        if rule.has_sigma:
            yield ValueColumn(f"{name}_sigma", float, "", f"Its significance: {means}")
        yield ValueColumn(f"{name}_limit", float, rule.unit, f"Where it fails: {rule.fails}")
        yield ValueColumn(f"{name}_outcome", str, "", "pass, fail, or why it was not judged.")


#: What is said of each candidate beside its number.
COLUMNS: tuple[ValueColumn, ...] = tuple(_columns())


@dataclass(frozen=True)
class Disposition:
    """What one candidate is, and why.

    Parameters
    ----------
    number : int
        Its number in ``candidates.parquet``.
    kind : Kind
        What it is: a planet candidate if it failed no test.
    judgments : mapping of VettingTest to Judgment
        How each test came out, in the order of `VettingTest`.
    """

    number: int
    kind: Kind
    judgments: Mapping[VettingTest, Judgment]

    @property
    def failed(self) -> tuple[VettingTest, ...]:
        """The tests that it failed."""
        return tuple(test for test, one in self.judgments.items() if one.is_failed)

    @property
    def values(self) -> dict[str, Evidence]:
        """The values of `COLUMNS`; None where nothing was measured."""
        found: dict[str, Evidence] = {
            "disposition": str(self.kind),
            "failed_tests": "+".join(self.failed),
        }
        for rule in TESTS:
            name, one = str(rule.test), self.judgments[rule.test]
            found[name] = _known(one.value)
            if rule.has_sigma:
                found[f"{name}_sigma"] = _known(one.sigma)
            found[f"{name}_limit"] = _known(one.limit)
            found[f"{name}_outcome"] = str(one.outcome)
        return found


def vet_candidates(star: Star) -> tuple[Disposition, ...]:
    """Return what each candidate of a star is.

    Parameters
    ----------
    star : Star
        All that is known of the star.

    Returns
    -------
    tuple of Disposition
        One for each row of `Star.candidates`, in their order.
    """
    if not star.candidates:
        return ()
    flat = StarInTrends(star)
    found = []
    for row in star.candidates:
        judgments = judge(flat.candidate(row))
        found.append(Disposition(int(number_in(row, "number")), kind_of(judgments), judgments))
    return tuple(found)


def kind_of(judgments: Mapping[VettingTest, Judgment]) -> Kind:
    """Return what a candidate is: what the first test that it failed says.

    Parameters
    ----------
    judgments : mapping of VettingTest to Judgment
        How each test came out.
    """
    failed = (rule.kind for rule in TESTS if judgments[rule.test].is_failed)
    return next(failed, Kind.PLANET_CANDIDATE)


def _known(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
