"""Synthetic stars of K2, with files in the layouts of the mission, K2SFF and EVEREST."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.k2 import K2
from preprocessing.missions.k2.community import K2SFF
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.synthesis.everest_file import EVEREST_FILE, everest_file
from preprocessing.simulator.synthesis.header_template import HeaderValue
from preprocessing.simulator.synthesis.k2_calendar import campaign_span
from preprocessing.simulator.synthesis.k2_population import K2Population
from preprocessing.simulator.synthesis.k2sff_file import k2sff_file, k2sff_size
from preprocessing.simulator.synthesis.keywords import header_values
from preprocessing.simulator.synthesis.mission_file import file_size, mission_file
from preprocessing.simulator.synthesis.mission_header import K2_PRIMARY
from preprocessing.simulator.synthesis.photometry import aperture_of, photometer
from preprocessing.simulator.synthesis.truth import TruthRow, truth_row

__all__ = ["K2Stars"]

#: Data release of the mission's final files (https://archive.stsci.edu/missions-and-data/k2).
_DATA_RELEASE = 26


class K2Stars:
    """Synthetic stars of K2.

    Parameters
    ----------
    n_stars : int
        How many stars there are.
    seed : int, optional
        Another seed gives other stars, files and noise.
    """

    def __init__(self, n_stars: int, seed: int = 0) -> None:
        self._population = K2Population(n_stars, seed)

    def numbers(self) -> Sequence[int]:
        """Return the numbers of all stars, ascending."""
        return self._population.numbers()

    def star(self, number: int) -> HeldStar:
        """Return one star; raise `KeyError` if no star has the number."""
        population = self._population
        index = population.index_of(number)
        position = population.position(index)
        names = (population.name(index),)
        return HeldStar(
            number, position.ra_deg, position.dec_deg, names, population.products(index)
        )

    def products(self, number: int) -> Sequence[Product]:
        """Return one star's files; raise `KeyError` if no star has the number."""
        return self._population.products(self._population.index_of(number))

    def size(self, product: Product) -> int:
        """Return a file's size in bytes."""
        span = campaign_span(product)
        if product.author == K2.name:
            return file_size(len(span.mjd))
        if product.author == K2SFF.name:
            return k2sff_size(span)
        return EVEREST_FILE.size(len(span.mjd))

    def body(self, product: Product) -> bytes:
        """Return the bytes of a file."""
        population = self._population
        star = population.star(population.index_of(product.number))
        span = campaign_span(product)
        # Each campaign has one aperture, since the telescope kept its roll throughout it.
        aperture = aperture_of(star, product.sequence_number, population.seed)
        file_number = (product.cadence == SHORT, product.sequence_number)
        # The author is left out of the seed: others' files show the same light as the mission's.
        rng = np.random.default_rng([population.seed, 2, star.index, *map(int, file_number)])
        rows = photometer(star, span, aperture, rng)
        values = header_values(star, span, aperture, rows, population.seed)
        values |= _k2_values(product)
        # The mission corrected K2's light curves in one band, so there are no cards for three.
        values.pop("FITTYPE3", None)
        if product.author == K2.name:
            return mission_file(values, rows, aperture.pixels, K2_PRIMARY)
        if product.author == K2SFF.name:
            return k2sff_file(values, rows, span, aperture.n_optimal)
        return everest_file(values, rows, span)

    def examples(self) -> dict[str, int]:
        """Return the number of an example star for each feature."""
        return self._population.examples()

    def truth(self) -> Iterator[TruthRow]:
        """Yield the true parameters of every star, in ascending order of their numbers."""
        population = self._population
        for index in range(len(population)):
            files = population.products(index)
            own = [p for p in files if p.author == K2.name]
            yield truth_row(
                population.star(index),
                K2.name,
                [p.sequence_number for p in own if p.cadence == LONG],
                [p.label for p in own if p.cadence == SHORT],
            )


def _k2_values(product: Product) -> dict[str, HeaderValue]:
    """Return the cards that differ from those in Kepler's files."""
    return {
        "OBJECT": f"EPIC {product.number}",
        "CAMPAIGN": product.sequence_number,
        "DATA_REL": _DATA_RELEASE,
        "PROCVER": "synthetic",
        "PDCMETHD": "robust",
    }
