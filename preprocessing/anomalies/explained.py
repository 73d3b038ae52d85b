"""Which features the labels of a star explain, so that what they leave can be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from preprocessing.anomalies.star_table import Booleans, StarTable

__all__ = [
    "CANDIDATE",
    "CAUSES",
    "EXPLAINED",
    "GRANULATION",
    "INSTRUMENT",
    "SPOTS",
    "WAVE",
    "explained",
    "explained_by",
    "is_small_dip",
    "is_small_flare",
]

#: Domains, or single features, of which a label tells why they are as they are.
_VARIATION = ("stat_amplitude", "stat_excess", "stat_skew", "stat_tail", "stat_dip", "stat_peak")
_MEMORY = ("temp_acf_", "temp_decay", "freq_", "resid_acf", "resid_complexity", "resid_red")
_NOISE = ("resid_noise_", "stat_white")
_DIPS = ("stat_dip", "stat_skew", "stat_tail", "stat_imbalance", "shape_dip_")
_RISES = ("stat_peak", "stat_skew", "stat_tail", "stat_imbalance", "shape_flare_")
_TRANSIT = ("transit_",)
_PERIODIC = (*_VARIATION, "stat_imbalance", *_MEMORY, *_NOISE, *_TRANSIT, "shape_dip_")

#: Of dips that belong to one object, more than this share keeps its time.
_KEEP_TIME = 0.5
#: No trend follows spots that come and go: what it leaves of them is less than a third of their
#: range (the decimal logarithm of it).
_SMALL_PART = -0.5
#: Labels that the ranking adds: a candidate for a planet passed all tests of vetting; a giant
#: varies as convection makes it; one sine makes most of what varies; light varies slowly all the
#: time.
CANDIDATE, GRANULATION, WAVE, SPOTS = "planet_candidate", "granulation", "wave", "spots"
#: Labels of what repeats. If it does not, they explain nothing.
_REPEATS = ("known_planet", CANDIDATE, "known_binary", "eclipses", "contact")
#: Features, by how their names begin, that each label explains. A candidate that passed all tests
#: of vetting explains what a known planet does.
EXPLAINED: Mapping[str, tuple[str, ...]] = {
    "known_planet": (*_DIPS, *_TRANSIT, "stat_amplitude", "stat_excess", *_MEMORY),
    CANDIDATE: (*_DIPS, *_TRANSIT, "stat_amplitude", "stat_excess", *_MEMORY),
    GRANULATION: (*_VARIATION, *_MEMORY, *_NOISE, "temp_restless"),
    WAVE: (*_VARIATION, *_MEMORY, *_NOISE, "temp_restless"),
    SPOTS: (*_VARIATION, *_MEMORY, *_NOISE, "temp_restless"),
    "known_binary": _PERIODIC,
    "known_variable": (*_VARIATION, *_MEMORY, *_NOISE, "temp_restless", "shape_flare_"),
    "rr_lyrae": (*_PERIODIC, "shape_flare_"),
    "delta_scuti": (*_PERIODIC, "shape_flare_"),
    "gamma_doradus": _PERIODIC,
    "eclipses": _PERIODIC,
    "contact": _PERIODIC,
    "rotation": (*_VARIATION, *_MEMORY, *_NOISE, "temp_restless"),
    "flares": (*_RISES, "stat_dip"),
    "instrument_line": ("freq_", "temp_acf_"),
    "coincidence": (*_DIPS, *_RISES),
    "flagged_times": (*_DIPS, *_RISES),
    "edges": (*_DIPS, *_RISES),
    "steps": (*_VARIATION, *_DIPS, *_RISES, *_MEMORY, "temp_restless"),
}
#: What explains features beside labels: all dips, or all rises, are the instrument's; vetting says
#: of all candidates that they look like no transit, so that nothing is known to repeat.
INSTRUMENT = {"instrument_dips": _DIPS, "instrument_rises": _RISES}
CAUSES: Mapping[str, tuple[str, ...]] = {**INSTRUMENT, "no_transits": _TRANSIT}


def explained(stars: StarTable) -> Booleans:
    """Return which features of which stars a label explains.

    Parameters
    ----------
    stars : StarTable
        The stars.

    Returns
    -------
    ndarray of bool, shape (n, n_features)
    """
    found = np.zeros(stars.features.shape, np.bool_)
    for label, beginnings in EXPLAINED.items():
        is_given = stars.has(label) & ~(stars.is_odd & (label in _REPEATS))
        found |= np.outer(is_given, _beginning(stars, beginnings))
    # Dips of an eclipse or a planet keep time; those that do not are something else.
    irregular = stars.feature("shape_dip_regular") < _KEEP_TIME
    found[irregular, stars.feature_names.index("shape_dip_regular")] = False
    is_spotted = stars.has("rotation") | stars.has("known_variable")
    found |= np.outer(is_spotted & is_small_dip(stars), _beginning(stars, _DIPS))
    found |= np.outer(is_spotted & is_small_flare(stars), _beginning(stars, _RISES))
    return found | explained_by(stars, CAUSES)


def explained_by(stars: StarTable, causes: Iterable[str]) -> Booleans:
    """Return which features of which stars causes beside labels explain.

    Parameters
    ----------
    stars : StarTable
        The stars.
    causes : iterable of str
        Some of `CAUSES`.

    Returns
    -------
    ndarray of bool, shape (n, n_features)
    """
    found = np.zeros(stars.features.shape, np.bool_)
    for cause in causes:
        found |= np.outer(stars.causes[cause], _beginning(stars, CAUSES[cause]))
    return found


def _beginning(stars: StarTable, beginnings: tuple[str, ...]) -> Booleans:
    """Return which features have names that begin so, shape (n_features,)."""
    return np.array([name.startswith(beginnings) for name in stars.feature_names])


def is_small_dip(stars: StarTable) -> Booleans:
    """Return where the strongest dip is a small part of all that varies, or there is none.

    Parameters
    ----------
    stars : StarTable
        The stars.
    """
    depth = stars.feature("shape_dip_sigma") + stars.feature("resid_noise_6h")
    return ~(depth > stars.feature("stat_amplitude") + _SMALL_PART)


def is_small_flare(stars: StarTable) -> Booleans:
    """Return where the largest flare is a small part of all that varies, or there is none.

    Parameters
    ----------
    stars : StarTable
        The stars.
    """
    peak = stars.feature("shape_flare_amplitude")
    return ~(peak > stars.feature("stat_amplitude") + _SMALL_PART)
