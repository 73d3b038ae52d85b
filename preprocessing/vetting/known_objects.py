"""Labels of what tables say of a star: planets, binaries and variables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from preprocessing.core.ephemerides import harmonic_of
from preprocessing.core.known_object import TRANSITING, KnownObject, ObjectKind
from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting.label import Evidence, Finding, Label, LabelRule, Undecided
from preprocessing.vetting.matching import Match, match_objects
from preprocessing.vetting.star import Star

__all__ = ["RULES", "known_objects"]

_PLANETS = (ObjectKind.PLANET, ObjectKind.CANDIDATE)
_VARIABLES = (ObjectKind.ROTATOR, ObjectKind.PULSATOR, ObjectKind.FLARE_STAR)
_MATCHED = "Which of these the light shows: candidate or feature, its period over the published"
_MATCHED_BY = f"{_MATCHED} one, and by how many days it is late."
_MISSED = "Those that it does not show, why, and the signal-to-noise ratio to be expected."
_SOURCES = "The tables that have them."


#: What a column of several objects of a family is called.
_PLURALS = {"planet": "planets", "binary": "binaries", "variable": "variables"}


def _columns(family: str, what: str) -> tuple[ValueColumn, ...]:
    return (
        ValueColumn(
            f"known_{_PLURALS[family]}", str, "", f"{what}, with names or periods; + between."
        ),
        ValueColumn(f"known_{family}_sources", str, "", _SOURCES),
        ValueColumn(f"known_{family}_matched", int, "", "How many of them the light shows."),
        ValueColumn(f"known_{family}_matches", str, "", _MATCHED_BY),
        ValueColumn(f"known_{family}_missed", str, "", _MISSED),
    )


_DOUBT = "Why the table may be wrong; null if nothing speaks against it."
RULES = (
    LabelRule(
        Label.KNOWN_PLANET,
        "Tables have a planet or a candidate of the star.",
        "A table lists a confirmed planet or a candidate. What is a false positive there is not"
        " one, but is matched too. Matched if a candidate's period is the published one, or 1/3,"
        " 1/2, 2 or 3 times that, within 0.1 %, and the events overlap.",
        (
            *_columns("planet", "Planets and candidates"),
            ValueColumn("known_false_positives", str, "", "False positives, and their matches."),
        ),
    ),
    LabelRule(
        Label.KNOWN_BINARY,
        "A table has the star as a binary.",
        "A table lists it, and no table lists a confirmed planet of the same period; where the"
        " star has a confirmed planet of another period, the light must show the binary too.",
        (
            *_columns("binary", "Binaries"),
            ValueColumn("known_binary_doubt", str, "", _DOUBT),
        ),
    ),
    LabelRule(
        Label.KNOWN_VARIABLE,
        "A table has the star as a rotator, a pulsator or a flare star.",
        "A table lists it. That a star is listed as a flare star shows no flare: many of the stars"
        " of Davenport 2016 are pulsators and binaries.",
        (
            *_columns("variable", "Variables"),
            ValueColumn("known_variable_doubt", str, "", _DOUBT),
        ),
    ),
)


def known_objects(star: Star) -> tuple[Finding, ...]:
    """Return what tables say of a star, and what of that its light shows.

    Parameters
    ----------
    star : Star
        The star, with what tables have of it.
    """
    if star.known is None:
        return tuple(Finding(rule.label, None, Undecided.NO_CATALOG, {}) for rule in RULES)
    matches = match_objects(star)
    findings = (
        (_planets(matches), TRANSITING),
        (_binaries(matches), {ObjectKind.BINARY}),
        (_variables(matches), _VARIABLES),
    )
    return tuple(
        # Tables of binaries deny no planet.
        Finding(one.label, None, Undecided.NO_CATALOG, {})
        if star.known_kinds.isdisjoint(kinds)
        else one
        for one, kinds in findings
    )


def _planets(matches: Sequence[Match]) -> Finding:
    own = [one for one in matches if one.known.kind in _PLANETS]
    false = [one for one in matches if one.known.kind is ObjectKind.FALSE_POSITIVE]
    told = [_told(one) if one.unmatched is None else _missed(one) for one in false]
    evidence = {**_evidence("planet", own, _title), "known_false_positives": _joined(told)}
    return Finding(Label.KNOWN_PLANET, bool(own), None, evidence)


def _binaries(matches: Sequence[Match]) -> Finding:
    own = [one for one in matches if one.known.kind is ObjectKind.BINARY]
    planets = [one.known for one in matches if one.known.kind is ObjectKind.PLANET]
    doubts = [doubt for one in own if (doubt := _doubt_of_binary(one, planets))]
    evidence = {
        **_evidence("binary", own, _kind_and_period),
        "known_binary_doubt": _joined(doubts),
    }
    return Finding(Label.KNOWN_BINARY, len(own) > len(doubts), None, evidence)


def _doubt_of_binary(one: Match, planets: Sequence[KnownObject]) -> str:
    """Return why a star is no binary though a table says so; empty if nothing says that."""
    same = [planet for planet in planets if harmonic_of(planet.period_d, one.known.period_d) == 1]
    if same:
        return f"{_title(same[0])} has the same period"
    if planets and one.unmatched is not None:
        return f"the star has {_title(planets[0])}, and its light shows no binary ({one.unmatched})"
    return ""


def _variables(matches: Sequence[Match]) -> Finding:
    own = [one for one in matches if one.known.kind in _VARIABLES]
    flares = any(one.known.kind is ObjectKind.FLARE_STAR for one in own)
    others = {one.known.kind for one in matches} & {ObjectKind.BINARY, ObjectKind.PULSATOR}
    doubt = f"listed as a flare star and as a {sorted(others)[0]}" if flares and others else None
    evidence = {
        **_evidence("variable", own, _kind_and_period),
        "known_variable_doubt": doubt,
    }
    return Finding(Label.KNOWN_VARIABLE, bool(own), None, evidence)


def _evidence(
    family: str, matches: Sequence[Match], name: Callable[[KnownObject], str]
) -> dict[str, Evidence]:
    matched = [one for one in matches if one.unmatched is None]
    missed = [one for one in matches if one.unmatched is not None]
    return {
        f"known_{_PLURALS[family]}": _joined(name(one.known) for one in matches),
        f"known_{family}_sources": _joined(dict.fromkeys(one.known.source for one in matches)),
        f"known_{family}_matched": len(matched),
        f"known_{family}_matches": _joined(map(_told, matched)),
        f"known_{family}_missed": _joined(map(_missed, missed)),
    }


def _title(known: KnownObject) -> str:
    return f"{known.name} ({known.kind})" if known.name else _kind_and_period(known)


def _kind_and_period(known: KnownObject) -> str:
    period = f" {known.period_d:.6g} d" if math.isfinite(known.period_d) else ""
    return f"{known.kind}{period}"


def _told(one: Match) -> str:
    late = one.epoch_difference_d
    when = f", {late:+.4f} d" if math.isfinite(late) else ""
    return f"{_title(one.known)} = {one.signal} x {one.harmonic:.3g}{when}"


def _missed(one: Match) -> str:
    snr = f", SNR {one.expected_snr:.1f}" if math.isfinite(one.expected_snr) else ""
    return f"{_title(one.known)}: {one.unmatched}{snr}"


def _joined(texts: Iterable[str]) -> str | None:
    """Return texts as one; None if there are none."""
    return " + ".join(texts) or None
