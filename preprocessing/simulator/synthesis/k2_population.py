"""Which synthetic stars K2 observed: their numbers, positions and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from types import MappingProxyType

from preprocessing.missions import LONG, SHORT, Product, parse_file_name
from preprocessing.missions.k2 import K2, k2_product
from preprocessing.missions.k2.campaigns import campaign_mjd
from preprocessing.missions.k2.splits import whole_campaign
from preprocessing.simulator.synthesis.mission_calendar import MJD_OF_BKJD_ZERO
from preprocessing.simulator.synthesis.population import SkyPosition, Star, beside, draw_star
from preprocessing.simulator.synthesis.scattered_numbers import index_of_number, scattered

__all__ = ["K2Population"]

_FIRST_EPIC = K2.synthetic_numbers.start

#: The middle of each campaign's field (RA, Dec in degrees;
#: https://keplergo.github.io/KeplerScienceWebsite/k2-fields.html), and half its width.
_FIELDS = (
    *((98.30, 21.59), (173.94, 1.42), (246.13, -22.45), (336.67, -11.10), (59.08, 18.66)),
    *((130.16, 16.83), (204.87, -11.30), (287.83, -23.36), (16.34, 5.26), (270.35, -21.78)),
    *((186.78, -4.03), (260.39, -23.98), (351.66, -5.10), (72.80, 20.79), (160.68, 6.85)),
    *((233.61, -20.08), (133.71, 18.53), (202.55, -7.72), (130.16, 16.83), (347.26, -4.20)),
)
_HALF_FIELD_DEG = 5.0
#: The numbers in the file names of each campaign: split campaigns have two.
_CAMPAIGNS = tuple(
    {9: (91, 92), 10: (101, 102), 11: (111, 112)}.get(campaign, (campaign,))
    for campaign in range(len(_FIELDS))
)
#: Campaigns whose field was observed again, with the later campaign.
_AGAIN = {3: 12, 5: 18, 12: 19}
#: Start of the first and end of the last campaign, in BKJD.
_DAYS_BKJD = (campaign_mjd(0)[0] - MJD_OF_BKJD_ZERO, campaign_mjd(19)[1] - MJD_OF_BKJD_ZERO)

_K2SFF_NAME = "hlsp_k2sff_k2_lightcurve_{:09d}-c{:02d}_kepler_v1_llc.fits"
_EVEREST_NAME = "hlsp_everest_k2_llc_{:09d}-c{:02d}_kepler_v2.0_lc.fits"

_SHORT_SHARE, _K2SFF_SHARE, _AGAIN_SHARE = 0.05, 0.2, 0.3


@dataclass(frozen=True)
class _Role:
    """What is fixed for a star instead of drawn at random."""

    kind: str
    kepmag: float
    long: tuple[int, ...]
    short: tuple[int, ...] = ()
    k2sff: tuple[int, ...] = ()
    everest: tuple[int, ...] = ()


#: The first stars of every population show each kind of star and each set of files.
_ROLES = (
    _Role("planet", 12.1, (5,)),
    _Role("rotator", 12.8, (91, 92)),
    _Role("quiet", 13.3, (102,)),
    _Role("planet", 10.9, (13,), short=(13,)),
    _Role("quiet", 13.0, (3,), k2sff=(3,)),
    _Role("eclipsing_binary", 12.4, (5, 18)),
    _Role("quiet", 14.1, (4,)),
    _Role("rotator", 14.6, (4,)),
    _Role("flare_star", 13.7, (91, 92), k2sff=(91, 92)),
    _Role("quiet", 12.0, (), k2sff=(19,)),
    _Role("flare_star", 12.2, (), short=(19,)),
    _Role("planet", 11.4, (), everest=(5, 102)),
)
#: Index of the second of two stars that are too close for a position to tell them apart.
_NEIGHBOR = 7

#: For each feature that a test or a reader may look for, the index of a star that shows it.
_EXAMPLES = MappingProxyType(
    {
        "k2_planet": 0,
        "k2_split_campaign": 1,
        "k2_second_half": 2,
        "k2_short_cadence": 3,
        "k2_and_k2sff": 4,
        "k2_several_campaigns": 5,
        "k2_neighbors": 6,
        "k2_split_and_k2sff": 8,
        "k2sff_only": 9,
        "k2_short_cadence_only": 10,
        "everest_only": 11,
    }
)


class K2Population:
    """K2 stars derived from a seed, each computed when it is requested.

    Parameters
    ----------
    n_stars : int
        How many stars there are.
    seed : int, optional
        Another seed gives other stars, files and noise.
    """

    def __init__(self, n_stars: int, seed: int = 0) -> None:
        self.seed = seed
        self._n_stars = n_stars

    def __len__(self) -> int:
        return self._n_stars

    def numbers(self) -> Sequence[int]:
        """Return the numbers of all stars, ascending."""
        return tuple(scattered(_FIRST_EPIC, index) for index in range(self._n_stars))

    def index_of(self, number: int) -> int:
        """Return the index of the star with a number; raise `KeyError` if there is none."""
        return index_of_number(_FIRST_EPIC, number, self._n_stars)

    def name(self, index: int) -> str:
        """Return the name under which the resolver knows a star."""
        return f"Synthetic-K2-{index + 1}"

    def examples(self) -> dict[str, int]:
        """Return the number of an example star for each feature."""
        shown = _EXAMPLES.items()
        return {key: scattered(_FIRST_EPIC, i) for key, i in shown if i < self._n_stars}

    def position(self, index: int) -> SkyPosition:
        """Return a star's position in the sky."""
        rng = self._rng(index, "place")
        if index == _NEIGHBOR:
            return beside(rng, self.position(index - 1))
        files = self.products(index)
        ra_deg, dec_deg = _FIELDS[whole_campaign(files[0].sequence_number)]
        east, north = (rng.uniform(-_HALF_FIELD_DEG, _HALF_FIELD_DEG) for _ in range(2))
        return SkyPosition((ra_deg + east) % 360, dec_deg + north, rng.randrange(1, 85))

    def products(self, index: int) -> tuple[Product, ...]:
        """Return a star's files: long cadence, short cadence, K2SFF's and EVEREST's."""
        return _products(self.seed, index)

    def star(self, index: int) -> Star:
        """Return a star, with everything that its light curves contain."""
        role = _ROLES[index] if index < len(_ROLES) else None
        return draw_star(
            self._rng(index, "star"),
            index,
            scattered(_FIRST_EPIC, index),
            self.name(index),
            self.position(index),
            _DAYS_BKJD,
            kind=role.kind if role else None,
            magnitude=role.kepmag if role else None,
        )

    def _rng(self, index: int, topic: str) -> Random:
        return _random(self.seed, index, topic)


def _random(seed: int, index: int, topic: str) -> Random:
    # `Random` hashes a text by its digest, so the stars are the same on every machine.
    return Random(f"{seed} K2 {index} {topic}")


@lru_cache(maxsize=4096)
def _products(seed: int, index: int) -> tuple[Product, ...]:
    number = scattered(_FIRST_EPIC, index)
    role = _ROLES[index] if index < len(_ROLES) else _draw_files(_random(seed, index, "files"))
    return (
        *(k2_product(number, campaign, LONG) for campaign in role.long),
        *(k2_product(number, campaign, SHORT) for campaign in role.short),
        *(_product_of_name(_K2SFF_NAME, number, campaign) for campaign in role.k2sff),
        *(_product_of_name(_EVEREST_NAME, number, campaign) for campaign in role.everest),
    )


def _draw_files(rng: Random) -> _Role:
    campaign = rng.randrange(len(_CAMPAIGNS))
    long = _CAMPAIGNS[campaign]
    if campaign in _AGAIN and rng.random() < _AGAIN_SHARE:
        long = (*long, *_CAMPAIGNS[_AGAIN[campaign]])
    short = long[:1] if rng.random() < _SHORT_SHARE else ()
    k2sff = long if rng.random() < _K2SFF_SHARE else ()
    return _Role("", 0.0, long, short, k2sff)


def _product_of_name(name: str, number: int, campaign: int) -> Product:
    product = parse_file_name(name.format(number, campaign))
    assert product is not None
    return product
