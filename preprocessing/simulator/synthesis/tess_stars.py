"""Synthetic stars of TESS, with files in the layouts of SPOC, TESS-SPOC and QLP."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from preprocessing.missions import FAST, SHORT, Product
from preprocessing.missions.tess import TESS
from preprocessing.signals.rotation import rotation_flux
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.synthesis.mission_file import file_size
from preprocessing.simulator.synthesis.photometry import aperture_of
from preprocessing.simulator.synthesis.population import Star
from preprocessing.simulator.synthesis.qlp_file import qlp_file, qlp_size
from preprocessing.simulator.synthesis.tess_calendar import SECTORS, SectorSpan, sector_span
from preprocessing.simulator.synthesis.tess_file import tess_file
from preprocessing.simulator.synthesis.tess_hlsp_files import TESS_HLSP_FILES, tess_hlsp_body
from preprocessing.simulator.synthesis.tess_keywords import camera_and_ccd, tess_values
from preprocessing.simulator.synthesis.tess_photometry import BTJD_IN_BKJD, record, tess_photometer
from preprocessing.simulator.synthesis.tess_population import TessPopulation
from preprocessing.simulator.synthesis.truth import TruthRow, truth_row

__all__ = ["TessStars"]

_QLP = "QLP"
#: Relative change of the flux at both ends of a sector after a second processing.
_CHANGE = 1e-4


class TessStars:
    """Synthetic stars of TESS.

    Parameters
    ----------
    n_stars : int
        How many stars there are.
    seed : int, optional
        Another seed gives other stars, files and noise.
    """

    def __init__(self, n_stars: int, seed: int = 0) -> None:
        self._population = TessPopulation(n_stars, seed)

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
        span = sector_span(product)
        if product.author in TESS_HLSP_FILES:
            n_rows = int(np.count_nonzero(~span.no_data))
            return TESS_HLSP_FILES[product.author].size(n_rows)
        return qlp_size(span) if product.author == _QLP else file_size(len(span.tjd))

    def body(self, product: Product) -> bytes:
        """Return the bytes of a file."""
        seed = self._population.seed
        star = self._population.star(self._population.index_of(product.number))
        span = sector_span(product)
        aperture = aperture_of(star, product.sequence_number, seed)
        # Seed by the file's name: a sector may have files of several authors and versions.
        file_number = zlib.crc32(product.file_name.encode("ascii"))
        rng = np.random.default_rng([seed, 3, file_number])
        if product.author == _QLP or product.author in TESS_HLSP_FILES:
            rows = record(star, span, aperture, rng)
            values = tess_values(star, span, aperture, rows, seed)
            if product.author != _QLP:
                slow = _slow_changes(star, span)
                return tess_hlsp_body(product, values, rows, slow, span)
            return qlp_file(values, rows, _slow_changes(star, span), span)
        rows = tess_photometer(star, span, aperture, rng)
        processing = 2 if product.stamp == SECTORS[product.sequence_number].again else 1
        _process_again(rows, processing)
        values = tess_values(star, span, aperture, rows, seed, processing)
        detector = camera_and_ccd(star, product.sequence_number, seed)
        return tess_file(values, rows, aperture.pixels, *detector)

    def examples(self) -> dict[str, int]:
        """Return the number of an example star for each feature."""
        return self._population.examples()

    def truth(self) -> Iterator[TruthRow]:
        """Yield the true parameters of every star, in ascending order of their numbers."""
        population = self._population
        for index in range(len(population)):
            files = population.products(index)
            short = sorted({p.sequence_number for p in files if p.cadence == SHORT})
            fast = [p.label for p in files if p.cadence == FAST]
            yield truth_row(population.star(index), TESS.name, short, fast)


def _slow_changes(star: Star, span: SectorSpan) -> NDArray[np.float64]:
    """Return the effect of spots on a star's light, relative to 1."""
    rotation = star.variability.rotation
    if rotation is None:
        return np.ones(len(span.tjd))
    return 1 + rotation_flux(span.tjd + BTJD_IN_BKJD, rotation)


def _process_again(rows: NDArray[np.void], processing: int) -> None:
    slope = np.linspace(-_CHANGE, _CHANGE, len(rows), dtype=np.float32)
    rows["PDCSAP_FLUX"] *= 1 + slope * np.float32(processing - 1)
