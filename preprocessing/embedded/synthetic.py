"""Holdings of synthetic stars: mission files that are made when they are asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from preprocessing.embedded.holdings import HeldStar
from preprocessing.embedded.keywords import cdpp_ppm, header_values
from preprocessing.embedded.mission_calendar import cadence_span, season_of
from preprocessing.embedded.mission_file import file_size, mission_file
from preprocessing.embedded.photometry import aperture_of, photometer, white_noise_ppm
from preprocessing.embedded.population import Population
from preprocessing.embedded.release import Release, process_again, version_values
from preprocessing.embedded.truth import TruthRow, truth_row
from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.row_counts import row_count

__all__ = ["SyntheticHoldings"]


class SyntheticHoldings:
    """Stars that were never observed, with files in the true layout of the mission's.

    Everything follows from the seed, so that a file has the same bytes whenever and
    wherever it is made; nothing is kept but a table of quarters. Safe to be called from
    several threads at once.

    Parameters
    ----------
    n_stars : int
    seed : int
        0 or more.
    n_quarters : int, optional
        Gives every star so many long-cadence quarters, 1 to 18 (17 are all but Q0), and
        no short cadence: for measurements.
    release : Release, optional
        Which files are of a later data release than the mission's last.

    Raises
    ------
    ValueError
        An argument is out of range.

    Examples
    --------
    >>> holdings = SyntheticHoldings(n_stars=10)
    >>> star = holdings.star(holdings.star_keys()[0])
    >>> star.names, len(star.products)
    (('Synthetic-1',), 18)
    >>> len(holdings.body(star.products[5])) == holdings.size(star.products[5])
    True
    """

    def __init__(
        self,
        n_stars: int = 4000,
        seed: int = 0,
        n_quarters: int | None = None,
        release: Release | None = None,
    ) -> None:
        self._release = release or Release()
        self._population = Population(n_stars, seed, n_quarters)
        self._kics = self._population.star_keys()

    def star_keys(self) -> Sequence[int]:
        """Return the number of every star, ascending."""
        return self._kics

    def star(self, kic: int) -> HeldStar:
        """Return one star; `KeyError` if there is none of that number."""
        index = self._population.index_of(kic)
        place, products = self._population.products(index)
        names = (self._population.name(index),)
        return HeldStar(kic, place.ra_deg, place.dec_deg, names, products)

    def products(self, kic: int) -> Sequence[Product]:
        """Return one star's files; `KeyError` if there is none of that number."""
        return self._population.products(self._population.index_of(kic))[1]

    def size(self, product: Product) -> int:
        """Return a file's size in bytes; `KeyError` if there is no such file."""
        self._require(product)
        return file_size(row_count(product))

    def body(self, product: Product) -> bytes:
        """Return a file; `KeyError` if there is no such file."""
        star = self._population.star(self._require(product))
        seed = self._population.seed
        span = cadence_span(product)
        aperture = aperture_of(star, season_of(product.sequence_number), seed)
        file_number = (product.cadence == SHORT, product.sequence_number, product.month or 0)
        rng = np.random.default_rng([seed, star.index, *map(int, file_number)])
        rows = photometer(star, span, aperture, rng)
        release = self._release.of(product, seed)
        process_again(rows, release)
        values = header_values(star, span, aperture, rows, seed) | version_values(release)
        return mission_file(values, rows, aperture.pixels)

    def examples(self) -> dict[str, int]:
        """Return the KIC number of a star of each sort that there is.

        Returns
        -------
        dict
            By what the star shows: ``many_quarters``, ``single_quarter``, ``gaps``,
            ``module_3``, ``short_cadence``, ``faint``, ``planet``, ``rotator``,
            ``eclipsing_binary``, ``flares``, ``all_nan_quarter``, ``negative_median``,
            ``neighbours`` (another star stands within 4 arcsec),
            ``short_cadence_only``, ``all_short_months``, ``module_3_month``. Sorts
            that need more stars, or other files, than there are, are left out.
        """
        return self._population.examples()

    def truth(self) -> list[TruthRow]:
        """Return what was put into every star, in ascending order of their numbers."""
        population = self._population
        return [
            truth_row(population.star(index), population.coverage(index))
            for index in range(len(population))
        ]

    def cdpp_ppm(self, kic: int) -> float:
        """Return one star's noise on 6 hours, the root mean square of its four apertures'.

        `KeyError` if there is no star of that number.
        """
        population = self._population
        star = population.star(population.index_of(kic))
        apertures = (aperture_of(star, season, population.seed) for season in range(4))
        noises = (white_noise_ppm(star, aperture, LONG) for aperture in apertures)
        squares = [cdpp_ppm(noise, star.atmosphere, hours=6.0) ** 2 for noise in noises]
        return math.sqrt(sum(squares) / len(squares))

    def _require(self, product: Product) -> int:
        """Return the index of a file's star; `KeyError` if there is no such file."""
        index = self._population.index_of(product.number)
        if product not in self._population.products(index)[1]:
            raise KeyError(product)
        return index
