"""What the tables of features and vetting say of many stars, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Absence", "Booleans", "Floats", "StarTable"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


class Absence:
    """Why a feature has no value, as far as a ranking needs to tell."""

    #: It has one.
    NONE = 0
    #: The star has nothing of the kind: no event, no peak, no variation. That says what it is like.
    NATURE = 1
    #: It could not be measured. That says nothing of the star.
    UNKNOWN = 2


@dataclass(frozen=True, eq=False)
class StarTable:
    """What is known of stars, one row a light curve.

    Parameters
    ----------
    feature_names : tuple of str
        Names of the features.
    features : ndarray of float64, shape (n, n_features)
        Their values; NaN where there is none.
    absence : ndarray of int8, shape (n, n_features)
        Why not: one of the numbers of `Absence`.
    magnitude, teff : ndarray of float64, shape (n,)
        Magnitude, and effective temperature in K; NaN where not known.
    labels : mapping of str to ndarray of bool, shape (n,)
        Which stars have a label.
    event_sigma : ndarray of float64, shape (n,)
        Strongest event over the noise of a point; 0 without an event.
    left_sigma : ndarray of float64, shape (n,)
        The same of the events that nothing explains.
    causes : mapping of str to ndarray of bool, shape (n,)
        What explains features of which stars beside labels: the names of `explained.CAUSES`.
    is_odd : ndarray of bool, shape (n,)
        Whether eclipses or transits that should repeat vary in depth or time.
    in_catalog : ndarray of bool, shape (n,)
        Whether a table has a planet, candidate, binary or variable of the star's number.
    instrument_sigma : ndarray of float64, shape (n,)
        How far, in the noise of a point, the strongest thing goes that the instrument did.
    sky_sigma : ndarray of float64, shape (n,)
        The strongest event that the instrument does not explain, of more than one exposure.
    alike_dips : ndarray of float64, shape (n,)
        How many deep dips there are, if they are as long as each other; else 0.
    alike_ppm : ndarray of float64, shape (n,)
        Their median depth in parts per million; 0 without any.
    alike_scatter : ndarray of float64, shape (n,)
        How much the decimal logarithms of their depths differ.
    judged_eclipse : ndarray of bool, shape (n,)
        Whether vetting judged a candidate to be eclipses of two stars.
    unlike_planet : ndarray of bool, shape (n,)
        Whether the strongest candidate lasts longer than transits, or has a deeper second dip.
    planet_ppm : ndarray of float64, shape (n,)
        Depth, in parts per million, of the deepest candidate that passed all tests of vetting; 0
        without any.
    """

    feature_names: tuple[str, ...]
    features: Floats
    absence: NDArray[np.int8]
    magnitude: Floats
    teff: Floats
    labels: Mapping[str, Booleans]
    event_sigma: Floats
    left_sigma: Floats
    causes: Mapping[str, Booleans]
    is_odd: Booleans
    in_catalog: Booleans
    instrument_sigma: Floats
    sky_sigma: Floats
    alike_dips: Floats
    alike_ppm: Floats
    alike_scatter: Floats
    judged_eclipse: Booleans
    unlike_planet: Booleans
    planet_ppm: Floats

    def __len__(self) -> int:
        return len(self.features)

    def rows(self, chosen: Booleans | NDArray[np.int64] | slice) -> StarTable:
        """Return some of the stars.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n,), or of int64, or slice
            Which.
        """
        return replace(
            self,
            features=self.features[chosen],
            absence=self.absence[chosen],
            magnitude=self.magnitude[chosen],
            teff=self.teff[chosen],
            labels={name: given[chosen] for name, given in self.labels.items()},
            event_sigma=self.event_sigma[chosen],
            left_sigma=self.left_sigma[chosen],
            causes={name: given[chosen] for name, given in self.causes.items()},
            is_odd=self.is_odd[chosen],
            in_catalog=self.in_catalog[chosen],
            instrument_sigma=self.instrument_sigma[chosen],
            sky_sigma=self.sky_sigma[chosen],
            alike_dips=self.alike_dips[chosen],
            alike_ppm=self.alike_ppm[chosen],
            alike_scatter=self.alike_scatter[chosen],
            judged_eclipse=self.judged_eclipse[chosen],
            unlike_planet=self.unlike_planet[chosen],
            planet_ppm=self.planet_ppm[chosen],
        )

    def feature(self, name: str) -> Floats:
        """Return the values of one feature, shape (n,)."""
        return self.features[:, self.feature_names.index(name)]

    def has(self, label: str) -> Booleans:
        """Return which stars have a label; none where no table knows it."""
        return self.labels.get(label, np.zeros(len(self), np.bool_))
