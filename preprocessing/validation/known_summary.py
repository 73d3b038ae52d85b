"""What the light alone shows of the published objects of a data set's stars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from preprocessing.validation.binomial import rate_row

__all__ = ["Searched", "known_of"]

Star = Mapping[str, Any]
Rows = list[dict[str, Any]]
#: A candidate: the FITS file of its light curve, and its number there.
_Numbered = tuple[str, int]

_BETWEEN = " + "
#: How a match names the candidate that is the object.
_CANDIDATE = re.compile(r" = candidate (\d+) x ")
#: Why a planet was missed that the light should show, as vetting says it.
_EXPECTED = ("not_found", "other_epoch")
_PLANETS = "planets and candidates"
_FLAGGED, _PERIOD = "the score reaches the threshold", "its light has the period"
_BINARY = ("eclipses", "contact")
#: Variables: what a report calls them, the word of the tables, and the labels that show them.
_VARIABLES = (
    ("pulsators", "pulsator", ("delta_scuti", "gamma_doradus", "rr_lyrae")),
    ("rotators", "rotator", ("rotation",)),
    ("flare stars", "flare_star", ("flares",)),
)


@dataclass(frozen=True)
class Searched:
    """What the search for transits, which knows no catalog, found in a data set.

    Parameters
    ----------
    kept : set of (str, int)
        FITS file and number of each candidate that keeps every rule of the search.
    vetted : set of (str, int)
        The same of those that passed all tests of vetting.
    blind_files : set of str
        FITS files of stars that were searched again with known events hidden.
    still_found : set of str
        Those of them that have a candidate that keeps every rule nevertheless.
    """

    kept: Set[_Numbered] = frozenset()
    vetted: Set[_Numbered] = frozenset()
    blind_files: Set[str] = frozenset()
    still_found: Set[str] = frozenset()


def known_of(stars: Sequence[Star], searched: Searched) -> Rows:
    """Return the rows of ``validation_known.parquet``.

    Parameters
    ----------
    stars : sequence of mapping
        Rows of ``vetting.parquet``, with ``is_flagged``.
    searched : Searched
        What the search found.
    """
    rows = _of_planets(stars, searched)
    binaries = [one for one in stars if one["known_binaries"]]
    rows += [
        _share("binaries", "label eclipses or contact", binaries, _has(binaries, _BINARY)),
        _share("binaries", _PERIOD, binaries, [bool(o["known_binary_matched"]) for o in binaries]),
        _share("binaries", _FLAGGED, binaries, _flagged(binaries)),
    ]
    for objects, word, labels in _VARIABLES:
        own = [one for one in stars if _of_kind(one["known_variables"], word)]
        by_period = [_of_kind(one["known_variable_matches"], word) for one in own]
        rows += [
            _share(objects, f"label {' or '.join(labels)}", own, _has(own, labels)),
            _share(objects, _PERIOD, own, by_period),
            _share(objects, _FLAGGED, own, _flagged(own)),
        ]
    return rows


def _of_planets(stars: Sequence[Star], searched: Searched) -> Rows:
    hosts = [one for one in stars if one["known_planets"]]
    matched = [
        (str(one["fits_file"]), int(found[1]))
        for one in hosts
        for text in _split(one["known_planet_matches"])
        if (found := _CANDIDATE.search(text))
    ]
    missed = [text for one in hosts for text in _split(one["known_planet_missed"])]
    n = len(matched) + len(missed)
    n_shown = len(matched) + sum(map(_is_expected, missed))
    n_kept, n_vetted = (
        sum(one in these for one in matched) for these in (searched.kept, searched.vetted)
    )
    is_still = [file in searched.still_found for file in searched.blind_files]
    return [
        _row(_PLANETS, "a candidate", len(matched), n),
        _row(_PLANETS, "a candidate that keeps every rule of the search", n_kept, n),
        _row(_PLANETS, "a candidate that passed all tests of vetting", n_vetted, n),
        _row(f"{_PLANETS} that the light should show", "a candidate", len(matched), n_shown),
        _share("stars with them", _FLAGGED, hosts, _flagged(hosts)),
        _share("stars with them, known events hidden", "a candidate", is_still, is_still),
    ]


def _flagged(own: Sequence[Star]) -> list[bool]:
    return [bool(one["is_flagged"]) for one in own]


def _has(own: Sequence[Star], labels: Sequence[str]) -> list[bool]:
    return [any(one[f"is_{label}"] for label in labels) for one in own]


def _of_kind(text: str | None, word: str) -> bool:
    """Tell whether one of the objects of a text is of a kind, which is its first word."""
    return any(one.split()[0].rstrip(":") == word for one in _split(text))


def _is_expected(text: str) -> bool:
    """Tell whether a planet was missed that the light should show: its reason follows a colon."""
    return text.rpartition(": ")[2].partition(",")[0] in _EXPECTED


def _split(text: str | None) -> list[str]:
    return text.split(_BETWEEN) if text else []


def _share(objects: str, by: str, own: Sequence[object], is_found: Sequence[bool]) -> Any:
    return _row(objects, by, sum(is_found), len(own))


def _row(objects: str, by: str, found: int, n: int) -> dict[str, Any]:
    head = {"objects": objects, "found_by": by, "n_objects": n}
    return {**head, **rate_row("found", found, n)}
