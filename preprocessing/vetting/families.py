"""The families of labels: a new one adds a line here and a module beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain

from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting import (
    binaries,
    coincidence,
    disposition,
    excursions,
    flares,
    instrument,
    known_objects,
    pulsators,
    rotation,
    steps,
)
from preprocessing.vetting.event import Event
from preprocessing.vetting.label import Evidence, Finding, Label, LabelRule
from preprocessing.vetting.star import Star

__all__ = [
    "DISPOSITION",
    "EVENT_FINDERS",
    "FAMILIES",
    "RULES",
    "Family",
    "judge_candidates",
]


@dataclass(frozen=True)
class Family:
    """Labels that are decided together.

    Parameters
    ----------
    rules : tuple of LabelRule
        Their definitions.
    label_star : callable
        Returns what it finds on each of the labels, of one star whose events are known.
    """

    rules: tuple[LabelRule, ...]
    label_star: Callable[[Star], tuple[Finding, ...]]


#: In the order of the columns.
FAMILIES: tuple[Family, ...] = (
    Family(known_objects.RULES, known_objects.known_objects),
    Family(pulsators.RULES, pulsators.pulsators),
    Family(binaries.RULES, binaries.binaries),
    Family(rotation.RULES, rotation.rotation),
    Family(flares.RULES, flares.flares),
    Family(instrument.RULES, instrument.instrument),
)
#: What finds the events that families judge.
EVENT_FINDERS: tuple[Callable[[Star], tuple[Event, ...]], ...] = (
    excursions.find_excursions,
    steps.find_steps,
    flares.find_flares,
)
#: Every label, in the order of the columns. Those of the population, one star alone cannot decide.
RULES = (*chain.from_iterable(family.rules for family in FAMILIES), *coincidence.RULES)
#: What is said of each candidate, beyond which it is.
DISPOSITION: tuple[ValueColumn, ...] = disposition.COLUMNS


def judge_candidates(
    star: Star, findings: Mapping[Label, Finding]
) -> tuple[Mapping[str, Evidence], ...]:
    """Return the values of `DISPOSITION` of each of a star's candidates, in their order.

    Parameters
    ----------
    star : Star
        The star, whose events are known.
    findings : mapping of Label to Finding
        Its labels.
    """
    return tuple(one.values for one in disposition.vet_candidates(star))
