"""Synthetic stars of Kepler, with files in the layouts of the mission and of KEPSEISMIC."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import KEPLER
from preprocessing.missions.row_counts import row_count
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.synthesis.header_template import HeaderValue
from preprocessing.simulator.synthesis.kepseismic_file import kepseismic_file, kepseismic_size
from preprocessing.simulator.synthesis.keywords import cdpp_ppm, header_values
from preprocessing.simulator.synthesis.mission_calendar import cadence_span, season_of
from preprocessing.simulator.synthesis.mission_file import file_size, mission_file
from preprocessing.simulator.synthesis.photometry import (
    Aperture,
    aperture_of,
    photometer,
    white_noise_ppm,
)
from preprocessing.simulator.synthesis.population import Population
from preprocessing.simulator.synthesis.release import Release, process_again, version_values
from preprocessing.simulator.synthesis.survey_population import SurveyPopulation
from preprocessing.simulator.synthesis.survey_truth import survey_truth_row
from preprocessing.simulator.synthesis.truth import TruthRow, truth_row

__all__ = ["KeplerStars"]


class KeplerStars:
    """Synthetic stars of Kepler.

    Parameters
    ----------
    population : Population or SurveyPopulation
        Which stars there are.
    release : Release, optional
        Which files were reprocessed for a later data release.
    """

    def __init__(
        self, population: Population | SurveyPopulation, release: Release | None = None
    ) -> None:
        self._release = release or Release()
        self._population = population

    def numbers(self) -> Sequence[int]:
        """Return the numbers of all stars, ascending."""
        return self._population.star_keys()

    def star(self, number: int) -> HeldStar:
        """Return one star; raise `KeyError` if no star has the number."""
        index = self._population.index_of(number)
        position, products = self._population.products(index)
        names = (self._population.name(index),)
        return HeldStar(number, position.ra_deg, position.dec_deg, names, products)

    def products(self, number: int) -> Sequence[Product]:
        """Return one star's files; raise `KeyError` if no star has the number."""
        return self._population.products(self._population.index_of(number))[1]

    def size(self, product: Product) -> int:
        """Return a file's size in bytes."""
        if product.author == KEPLER.name:
            return file_size(row_count(product))
        return kepseismic_size([cadence_span(quarter) for quarter in self._quarters(product)])

    def body(self, product: Product) -> bytes:
        """Return the bytes of a file."""
        if product.author == KEPLER.name:
            values, rows, aperture = self._content(product)
            return mission_file(values, rows, aperture.pixels)
        quarters = self._quarters(product)
        contents = [self._content(quarter) for quarter in quarters]
        return kepseismic_file(
            contents[0][0],
            [rows for _, rows, _ in contents],
            [cadence_span(quarter) for quarter in quarters],
            int(product.variant.removesuffix("d")),
        )

    def _quarters(self, product: Product) -> list[Product]:
        """Return the long-cadence files of a product's star."""
        return [
            own
            for own in self.products(product.number)
            if (own.author, own.cadence) == (KEPLER.name, LONG)
        ]

    def _content(
        self, product: Product
    ) -> tuple[dict[str, HeaderValue], NDArray[np.void], Aperture]:
        """Return the cards, rows and aperture of a file of the mission."""
        star = self._population.star(self._population.index_of(product.number))
        seed = self._population.seed
        span = cadence_span(product)
        aperture = aperture_of(star, season_of(product.sequence_number), seed)
        file_number = (product.cadence == SHORT, product.sequence_number, product.month or 0)
        rng = np.random.default_rng([seed, star.index, *map(int, file_number)])
        rows = photometer(star, span, aperture, rng)
        release = self._release.of(product, seed)
        process_again(rows, release)
        values = header_values(star, span, aperture, rows, seed) | version_values(release)
        return values, rows, aperture

    def cdpp_ppm(self, number: int) -> float:
        """Return one star's noise on a time scale of 6 hours: see `SyntheticHoldings.cdpp_ppm`."""
        population = self._population
        star = population.star(population.index_of(number))
        apertures = (aperture_of(star, season, population.seed) for season in range(4))
        noises = (white_noise_ppm(star, aperture, LONG) for aperture in apertures)
        squares = [cdpp_ppm(noise, star.atmosphere, hours=6.0) ** 2 for noise in noises]
        return math.sqrt(sum(squares) / len(squares))

    def examples(self) -> dict[str, int]:
        """Return the number of an example star for each feature."""
        return self._population.examples()

    def truth(self) -> Iterator[TruthRow]:
        """Yield the true parameters of every star, in ascending order of their numbers."""
        population = self._population
        for index in range(len(population)):
            coverage = population.coverage(index)
            months = [f"Q{quarter}M{month}" for quarter, month in coverage.short_months]
            row = truth_row(population.star(index), KEPLER.name, coverage.long_quarters, months)
            if isinstance(population, SurveyPopulation):
                row = survey_truth_row(row, population.survey_star(index))
            yield row
