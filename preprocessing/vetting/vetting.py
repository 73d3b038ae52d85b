"""From all that is known of one star to its labels, its events and its vetted candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from preprocessing.vetting.event import Event, EventKind
from preprocessing.vetting.families import EVENT_FINDERS, FAMILIES, judge_candidates
from preprocessing.vetting.label import Evidence, Finding, Label
from preprocessing.vetting.star import Star

__all__ = ["Vetted", "vet"]


@dataclass(frozen=True)
class Vetted:
    """What vetting found out about one star.

    Parameters
    ----------
    findings : mapping of Label to Finding
        Whether each label is given, and why, in the order of the families.
    events : tuple of Event
        Events in the light, in time order.
    dispositions : tuple of mapping
        What became of each candidate, in the order of the star's candidates.
    """

    findings: Mapping[Label, Finding]
    events: tuple[Event, ...]
    dispositions: tuple[Mapping[str, Evidence], ...]


def vet(star: Star) -> Vetted:
    """Label one star, and judge its candidates.

    Parameters
    ----------
    star : Star
        All that is known of it. Its events are found anew.

    Returns
    -------
    Vetted
        The same to the last bit for the same star.
    """
    found = chain.from_iterable(find(star) for find in EVENT_FINDERS)
    events = _without_doubles(sorted(found, key=lambda one: (one.peak_d, one.kind)))
    star = replace(star, events=events)
    findings = {
        finding.label: finding for family in FAMILIES for finding in family.label_star(star)
    }
    return Vetted(findings, events, judge_candidates(star, findings))


def _without_doubles(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return events without the brightenings that are flares, and are found as these too."""
    flares = [one for one in events if one.kind is EventKind.FLARE]
    starts_d = np.array([one.start_d for one in flares])
    ends_d = np.array([one.end_d for one in flares])
    return tuple(
        one
        for one in events
        if one.kind is not EventKind.BRIGHTENING
        or not ((one.start_d <= ends_d) & (one.end_d >= starts_d)).any()
    )
