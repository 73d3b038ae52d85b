"""Holdings of synthetic stars: mission files that are made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from preprocessing.missions import MISSIONS, Product
from preprocessing.missions.star_keys import mission_of_key
from preprocessing.missions.targets import star_key
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.synthesis.k2_stars import K2Stars
from preprocessing.simulator.synthesis.kepler_stars import KeplerStars
from preprocessing.simulator.synthesis.release import Release
from preprocessing.simulator.synthesis.tess_stars import TessStars
from preprocessing.simulator.synthesis.truth import TruthRow

__all__ = ["SyntheticHoldings"]


class _Stars(Protocol):
    """The stars of one mission, by their numbers in its catalog."""

    def numbers(self) -> Sequence[int]: ...

    def star(self, number: int) -> HeldStar: ...

    def products(self, number: int) -> Sequence[Product]: ...

    def size(self, product: Product) -> int: ...

    def body(self, product: Product) -> bytes: ...

    def examples(self) -> dict[str, int]: ...

    def truth(self) -> Iterable[TruthRow]: ...


class SyntheticHoldings:
    """Stars that were never observed, with files in the true layout of the missions'.

    Everything follows from the seed, so that a file has the same bytes whenever and
    wherever it is made; nothing is kept but tables of quarters, campaigns and sectors. Safe
    to be called from several threads at once.

    Parameters
    ----------
    n_stars : int
        Of Kepler.
    seed : int
        0 or more.
    n_quarters : int, optional
        Gives every star of Kepler so many long-cadence quarters, 1 to 18 (17 are all but Q0),
        and no short cadence: for measurements.
    release : Release, optional
        Which files of Kepler are of a later data release than the mission's last.
    k2_stars, tess_stars : int, optional
        Of the other missions.

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
        *,
        k2_stars: int = 0,
        tess_stars: int = 0,
    ) -> None:
        self._kepler = KeplerStars(n_stars, seed, n_quarters, release)
        self._stars: dict[str, _Stars] = {
            "Kepler": self._kepler,
            "K2": K2Stars(k2_stars, seed),
            "TESS": TessStars(tess_stars, seed),
        }
        self._keys = tuple(
            star_key(MISSIONS[mission].catalog, number)
            for mission, stars in self._stars.items()
            for number in stars.numbers()
        )

    def star_keys(self) -> Sequence[int]:
        """Return the key of every star, ascending."""
        return self._keys

    def star(self, key: int) -> HeldStar:
        """Return one star; `KeyError` if there is none of that key."""
        mission, number = mission_of_key(key)
        return self._stars[mission.name].star(number)

    def products(self, key: int) -> Sequence[Product]:
        """Return one star's files; `KeyError` if there is none of that key."""
        mission, number = mission_of_key(key)
        return self._stars[mission.name].products(number)

    def size(self, product: Product) -> int:
        """Return a file's size in bytes; `KeyError` if there is no such file."""
        return self._holding(product).size(product)

    def body(self, product: Product) -> bytes:
        """Return a file; `KeyError` if there is no such file."""
        return self._holding(product).body(product)

    def examples(self) -> dict[str, int]:
        """Return the key of a star of each sort that there is.

        Returns
        -------
        dict
            By what the star shows. Of Kepler: ``many_quarters``, ``single_quarter``, ``gaps``,
            ``module_3``, ``short_cadence``, ``faint``, ``planet``, ``rotator``,
            ``eclipsing_binary``, ``flares``, ``all_nan_quarter``, ``negative_median``,
            ``neighbors`` (another star stands within 4 arcsec), ``short_cadence_only``,
            ``all_short_months``, ``module_3_month``.

            Of K2: ``k2_planet``, ``k2_split_campaign`` (C91 and C92), ``k2_second_half`` (C102
            alone), ``k2_short_cadence``, ``k2_short_cadence_only``, ``k2_several_campaigns``,
            ``k2_neighbors``, ``k2_and_k2sff``, ``k2_split_and_k2sff``, ``k2sff_only``.

            Of TESS: ``tess_planet`` (sectors with a gap between), ``tess_fast`` (120 and 20
            seconds in one sector), ``tess_fast_only``, ``tess_exposures`` (full-frame light
            curves of 1800, 600 and 200 seconds), ``tess_three_authors`` (SPOC, TESS-SPOC and
            QLP in one sector), ``tess_two_stamps`` (a sector that was processed twice),
            ``tess_eclipsing_binary``, ``tess_flares``, ``tess_neighbors``, ``qlp_only``,
            ``qlp_two_versions``.

            Sorts that need more stars, or other files, than there are, are left out.
        """
        return {
            name: star_key(MISSIONS[mission].catalog, number)
            for mission, stars in self._stars.items()
            for name, number in stars.examples().items()
        }

    def truth(self) -> list[TruthRow]:
        """Return what was put into every star, in the order of their keys."""
        return [row for stars in self._stars.values() for row in stars.truth()]

    def cdpp_ppm(self, kic: int) -> float:
        """Return a star of Kepler's noise on 6 hours; `KeyError` if there is none of that number.

        It is the root mean square of what the four apertures of the star have.
        """
        return self._kepler.cdpp_ppm(kic)

    def _holding(self, product: Product) -> _Stars:
        """Return the stars that have a file; `KeyError` if none has it."""
        stars = self._stars[product.mission]
        if product not in stars.products(product.number):
            raise KeyError(product)
        return stars
