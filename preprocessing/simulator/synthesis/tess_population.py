"""Which synthetic stars TESS observed: their numbers, positions and files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from types import MappingProxyType

from preprocessing.missions import Product, parse_file_name
from preprocessing.missions.tess import TESS
from preprocessing.simulator.synthesis.population import SkyPosition, Star, beside, draw_star
from preprocessing.simulator.synthesis.scattered_numbers import index_of_number, scattered
from preprocessing.simulator.synthesis.tess_calendar import SECTORS
from preprocessing.simulator.synthesis.tess_photometry import BTJD_IN_BKJD

__all__ = ["TessPopulation"]

_FIRST_TIC = TESS.synthetic_numbers.start

#: Start of the first and end of the last sector, in BKJD.
_DAYS_BKJD = (1_325.0 + BTJD_IN_BKJD, 2_883.0 + BTJD_IN_BKJD)
_HALF_FIELD_DEG = 5.0
#: Exposures of 20 seconds start with this sector.
_FIRST_FAST_SECTOR = 27
_FAINTEST, _SPREAD_MAG = 14.0, 6.5

#: The kinds of files that a star may have in a sector.
_SPOC, _FAST, _AGAIN, _TESS_SPOC, _QLP, _QLP_2 = [
    "SPOC",
    "FAST",
    "AGAIN",
    "TESS-SPOC",
    "QLP",
    "QLP-2",
]
_FILE_NAMES = {
    _SPOC: "tess{stamp}-s{sector:04d}-{number:016d}-{table:04d}-s_lc.fits",
    _FAST: "tess{stamp}-s{sector:04d}-{number:016d}-{table:04d}-a_fast-lc.fits",
    _AGAIN: "tess{again}-s{sector:04d}-{number:016d}-{table:04d}-s_lc.fits",
    _TESS_SPOC: "hlsp_tess-spoc_tess_phot_{number:016d}-s{sector:04d}_tess_v1_lc.fits",
    _QLP: "hlsp_qlp_tess_ffi_s{sector:04d}-{number:016d}_tess_v01_llc.fits",
    _QLP_2: "hlsp_qlp_tess_ffi_s{sector:04d}-{number:016d}_tess_v02_llc.fits",
}
#: The same for other teams: one star has a file of each.
_OTHERS = {
    "TGLC": "hlsp_tglc_tess_ffi_gaiaid-{gaia}-s{sector:04d}-cam2-ccd1_tess_v1_llc.fits",
    "ELEANOR": "hlsp_gsfc-eleanor-lite_tess_ffi_s{sector:04d}-{number:016d}_tess_v1.0_lc.fits",
    "TASOC": "hlsp_tasoc_tess_ffi_tic{number:011d}-s{sector:04d}-cam2-ccd1-c1800_tess_v05"
    "_cbv-lc.fits",
    "TASOC-ENS": "hlsp_tasoc_tess_ffi_tic{number:011d}-s{sector:04d}-cam2-ccd1-c1800_tess_v05"
    "_ens-lc.fits",
    "PATHOS": "hlsp_pathos_tess_lightcurve_tic-{number:010d}-s{sector:04d}_tess_v1_llc.fits",
}
#: Added to a star's number, this is one that Gaia gave to no star: it would lie beyond the sky.
_FIRST_GAIA = 9_000_000_000_000_000_000
_SHARES = {_SPOC: 0.7, _FAST: 0.15, _TESS_SPOC: 0.35, _QLP: 0.35}


@dataclass(frozen=True)
class _Role:
    """What is fixed for a star instead of drawn; `files` are pairs of sector and kind of file."""

    kind: str
    magnitude: float
    files: tuple[tuple[int, str], ...]


#: The first stars of every population show each kind of star and each set of files.
_ROLES = (
    _Role("planet", 9.8, ((12, _SPOC), (13, _SPOC), (38, _SPOC))),
    _Role("rotator", 9.2, ((27, _SPOC), (27, _FAST))),
    _Role("quiet", 11.4, ((12, _TESS_SPOC), (38, _TESS_SPOC), (56, _TESS_SPOC))),
    _Role("planet", 10.3, ((23, _SPOC), (23, _TESS_SPOC), (23, _QLP))),
    _Role("quiet", 10.9, ((38, _SPOC), (38, _AGAIN))),
    _Role("quiet", 12.5, ((13, _QLP), (13, _QLP_2))),
    _Role("rotator", 12.0, ((13, _QLP), (56, _QLP))),
    _Role("quiet", 11.0, ((50, _SPOC),)),
    _Role("rotator", 11.6, ((50, _SPOC),)),
    _Role("eclipsing_binary", 9.9, ((50, _SPOC), (51, _SPOC), (52, _SPOC))),
    _Role("flare_star", 11.2, ((56, _SPOC), (56, _FAST), (57, _SPOC))),
    _Role("quiet", 9.5, ((56, _FAST),)),
    _Role("rotator", 10.6, tuple((sector, what) for sector in (12, 13) for what in _OTHERS)),
)
#: Index of the second of two stars that are too close for a position to tell them apart.
_NEIGHBOR = 8

#: For each feature that a test or a reader may look for, the index of a star that shows it.
_EXAMPLES = MappingProxyType(
    {
        "tess_planet": 0,
        "tess_fast": 1,
        "tess_exposures": 2,
        "tess_three_authors": 3,
        "tess_two_stamps": 4,
        "qlp_two_versions": 5,
        "qlp_only": 6,
        "tess_neighbors": 7,
        "tess_eclipsing_binary": 9,
        "tess_flares": 10,
        "tess_fast_only": 11,
        "tess_other_authors": 12,
    }
)


class TessPopulation:
    """TESS stars derived from a seed, each computed when it is requested.

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
        return tuple(scattered(_FIRST_TIC, index) for index in range(self._n_stars))

    def index_of(self, number: int) -> int:
        """Return the index of the star with a number; raise `KeyError` if there is none."""
        return index_of_number(_FIRST_TIC, number, self._n_stars)

    def name(self, index: int) -> str:
        """Return the name under which the resolver knows a star."""
        return f"Synthetic-TESS-{index + 1}"

    def examples(self) -> dict[str, int]:
        """Return the number of an example star for each feature."""
        shown = _EXAMPLES.items()
        return {key: scattered(_FIRST_TIC, i) for key, i in shown if i < self._n_stars}

    def position(self, index: int) -> SkyPosition:
        """Return a star's position in the sky."""
        rng = _random(self.seed, index, "place")
        if index == _NEIGHBOR:
            return beside(rng, self.position(index - 1))
        ra_deg, dec_deg = SECTORS[self.products(index)[0].sequence_number].field
        east, north = (rng.uniform(-_HALF_FIELD_DEG, _HALF_FIELD_DEG) for _ in range(2))
        return SkyPosition((ra_deg + east) % 360, dec_deg + north, 0)

    def products(self, index: int) -> tuple[Product, ...]:
        """Return a star's files, in the order of their sectors."""
        return _products(self.seed, index)

    def star(self, index: int) -> Star:
        """Return a star, with everything that its light curves contain."""
        role = _ROLES[index] if index < len(_ROLES) else None
        rng = _random(self.seed, index, "star")
        magnitude = round(_FAINTEST - _SPREAD_MAG * float(rng.random() ** 2), 3)
        return draw_star(
            rng,
            index,
            scattered(_FIRST_TIC, index),
            self.name(index),
            self.position(index),
            _DAYS_BKJD,
            kind=role.kind if role else None,
            magnitude=role.magnitude if role else magnitude,
        )


def _random(seed: int, index: int, topic: str) -> Random:
    # `Random` hashes a text by its digest, so the stars are the same on every machine.
    return Random(f"{seed} TESS {index} {topic}")


@lru_cache(maxsize=4096)
def _products(seed: int, index: int) -> tuple[Product, ...]:
    number = scattered(_FIRST_TIC, index)
    if index < len(_ROLES):
        files: Sequence[tuple[int, str]] = _ROLES[index].files
    else:
        files = tuple(_draw_files(_random(seed, index, "files")))
    return tuple(_product(number, sector, what) for sector, what in files)


def _draw_files(rng: Random) -> Iterator[tuple[int, str]]:
    for sector in sorted(rng.sample(tuple(SECTORS), rng.randrange(1, 5))):
        chosen = [what for what, share in _SHARES.items() if rng.random() < share]
        if sector < _FIRST_FAST_SECTOR:
            chosen = [what for what in chosen if what != _FAST]
        yield from ((sector, what) for what in chosen or [_QLP])


def _product(number: int, sector: int, what: str) -> Product:
    known = SECTORS[sector]
    name = {**_FILE_NAMES, **_OTHERS}[what].format(
        stamp=known.stamp,
        again=known.again,
        table=known.table,
        sector=sector,
        number=number,
        gaia=_FIRST_GAIA + number,
    )
    product = parse_file_name(name, number)
    assert product is not None
    return product
