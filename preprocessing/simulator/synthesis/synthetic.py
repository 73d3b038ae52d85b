"""Holdings of synthetic stars, whose files are computed when they are requested."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from preprocessing.missions import MISSIONS, Product
from preprocessing.missions.star_keys import mission_of_key
from preprocessing.missions.targets import star_key
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.synthesis.k2_stars import K2Stars
from preprocessing.simulator.synthesis.kepler_stars import KeplerStars
from preprocessing.simulator.synthesis.population import Population
from preprocessing.simulator.synthesis.release import Release
from preprocessing.simulator.synthesis.survey_population import SurveyPopulation
from preprocessing.simulator.synthesis.tess_stars import TessStars
from preprocessing.simulator.synthesis.truth import TruthRow

__all__ = ["SyntheticHoldings"]


class _Stars(Protocol):
    """The stars of one mission, identified by their numbers in its catalog."""

    def numbers(self) -> Sequence[int]: ...

    def star(self, number: int) -> HeldStar: ...

    def products(self, number: int) -> Sequence[Product]: ...

    def size(self, product: Product) -> int: ...

    def body(self, product: Product) -> bytes: ...

    def examples(self) -> dict[str, int]: ...

    def truth(self) -> Iterable[TruthRow]: ...


class SyntheticHoldings:
    """Synthetic stars, with files in the real layouts of the missions.

    Everything follows from the seed: a file has the same bytes whenever and wherever it is
    made. Nothing is stored but tables of quarters, campaigns and sectors. Several threads may
    call the methods at the same time.

    Parameters
    ----------
    n_stars : int, optional
        How many stars of Kepler there are.
    seed : int, optional
        0 or more. Another seed gives other stars, files and noise.
    n_quarters : int, optional
        Give every star of Kepler this many long-cadence quarters, 1 to 18 (17 means all but
        Q0), and no short cadence. Meant for benchmarks.
    release : Release, optional
        Which files of Kepler were reprocessed for a release after the mission's last.
    k2_stars, tess_stars : int, optional
        How many stars of K2 and TESS there are.
    survey : bool, optional
        Let the stars of Kepler be a survey: kinds in the shares that catalogs have, and strange
        ones. Each has `n_quarters` quarters, one if that is not given.

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

    is_synthetic = True

    def __init__(
        self,
        n_stars: int = 4000,
        seed: int = 0,
        n_quarters: int | None = None,
        release: Release | None = None,
        *,
        k2_stars: int = 0,
        tess_stars: int = 0,
        survey: bool = False,
    ) -> None:
        self._kepler = KeplerStars(
            SurveyPopulation(n_stars, seed, 1 if n_quarters is None else n_quarters)
            if survey
            else Population(n_stars, seed, n_quarters),
            release,
        )
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
        """Return the keys of all stars, ascending."""
        return self._keys

    def star(self, key: int) -> HeldStar:
        """Return one star; raise `KeyError` if no star has the key."""
        mission, number = mission_of_key(key)
        return self._stars[mission.name].star(number)

    def products(self, key: int) -> Sequence[Product]:
        """Return one star's files; raise `KeyError` if no star has the key."""
        mission, number = mission_of_key(key)
        return self._stars[mission.name].products(number)

    def size(self, product: Product) -> int:
        """Return a file's size in bytes; raise `KeyError` if there is no such file."""
        return self._holding(product).size(product)

    def body(self, product: Product) -> bytes:
        """Return the bytes of a file; raise `KeyError` if there is no such file."""
        return self._holding(product).body(product)

    def examples(self) -> dict[str, int]:
        """Return the key of an example star for each feature.

        Returns
        -------
        dict
            Star keys by feature. Kepler: ``many_quarters``, ``single_quarter``, ``gaps``,
            ``module_3``, ``short_cadence``, ``faint``, ``planet``, ``rotator``,
            ``eclipsing_binary``, ``flares``, ``all_nan_quarter``, ``negative_median``,
            ``neighbors`` (another star is within 4 arcsec), ``short_cadence_only``,
            ``all_short_months``, ``module_3_month``.

            K2: ``k2_planet``, ``k2_split_campaign`` (C91 and C92), ``k2_second_half`` (C102
            only), ``k2_short_cadence``, ``k2_short_cadence_only``, ``k2_several_campaigns``,
            ``k2_neighbors``, ``k2_and_k2sff``, ``k2_split_and_k2sff``, ``k2sff_only``.

            TESS: ``tess_planet`` (sectors with a gap between them), ``tess_fast`` (120 and 20
            seconds in one sector), ``tess_fast_only``, ``tess_exposures`` (full-frame light
            curves of 1800, 600 and 200 seconds), ``tess_three_authors`` (SPOC, TESS-SPOC and
            QLP in one sector), ``tess_two_stamps`` (a sector that was processed twice),
            ``tess_eclipsing_binary``, ``tess_flares``, ``tess_neighbors``, ``qlp_only``,
            ``qlp_two_versions``, ``tess_other_authors`` (TGLC, GSFC-ELEANOR-LITE, TASOC and
            PATHOS in two sectors).

            Features that no star shows, since there are too few stars or other files, are
            missing.
        """
        return {
            name: star_key(MISSIONS[mission].catalog, number)
            for mission, stars in self._stars.items()
            for name, number in stars.examples().items()
        }

    def truth(self) -> list[TruthRow]:
        """Return the true parameters of every star, in the order of their keys."""
        return [row for stars in self._stars.values() for row in stars.truth()]

    def cdpp_ppm(self, kic: int) -> float:
        """Return the noise of a star of Kepler on a time scale of 6 hours.

        Parameters
        ----------
        kic : int
            The star's number.

        Returns
        -------
        float
            In parts per million: the root mean square over the star's four apertures.

        Raises
        ------
        KeyError
            No star of Kepler has the number.
        """
        return self._kepler.cdpp_ppm(kic)

    def _holding(self, product: Product) -> _Stars:
        """Return the stars of a file's mission; raise `KeyError` if none has the file."""
        stars = self._stars[product.mission]
        if product not in stars.products(product.number):
            raise KeyError(product)
        return stars
