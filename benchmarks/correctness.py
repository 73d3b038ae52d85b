"""Count the stars of which everything came, and came as it should."""

from __future__ import annotations

import enum
import hashlib
from functools import cache
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from benchmarks.mirror import Mirror

__all__ = ["Makes", "count_right", "stitched_name"]

#: Lightkurve's default, and so what every contender stitches with.
_BITMASK = 1130799


class Makes(enum.Enum):
    """What a contender leaves behind."""

    STITCHED = "one stitched FITS file a star"
    FILES = "the mission's files"


def stitched_name(kic: int) -> str:
    """Return what the stitched file of a star is called."""
    return f"KIC_{kic}.fits"


def count_right(output: Path, mirror: Mirror, makes: Makes) -> int:
    """Count the stars of a mirror that a folder has complete and right.

    Parameters
    ----------
    output : Path
        For `Makes.FILES` any tree.
    mirror : Mirror
    makes : Makes
        A stitched file is right if its TIME and FLUX equal, bit for bit, what astropy and
        numpy make of all the star's files; the files of a star are, if each is there
        with the bytes of the mirror's.
    """
    if makes is Makes.STITCHED:
        paths = {kic: output / stitched_name(kic) for kic in mirror.products}
        return sum(_is_right_stitch(path, mirror, kic) for kic, path in paths.items())
    found = {path.name: path for path in output.rglob("*.fits")}
    return sum(_has_right_files(found, mirror, kic) for kic in mirror.products)


def _has_right_files(found: dict[str, Path], mirror: Mirror, kic: int) -> bool:
    names = {product.file_name: mirror.path(product) for product in mirror.products[kic]}
    return all(
        name in found and found[name].read_bytes() == path.read_bytes()
        for name, path in names.items()
    )


def _is_right_stitch(path: Path, mirror: Mirror, kic: int) -> bool:
    paths = tuple(mirror.path(product) for product in mirror.products[kic])
    return _stitched_digest(path) == _expected_digest(paths)


def _stitched_digest(path: Path) -> str | None:
    try:
        with fits.open(path, memmap=False) as hdus:
            table = hdus[1].data
            return _digest(table["TIME"], table["FLUX"])
    except (OSError, KeyError, IndexError):
        # Not there, cut off, or something else than a light curve.
        return None


@cache
def _expected_digest(paths: tuple[Path, ...]) -> str:
    times, fluxes = zip(*map(_normalised, paths), strict=True)
    return _digest(np.concatenate(times), np.concatenate(fluxes))


def _normalised(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    with fits.open(path, memmap=False) as hdus:
        table = hdus[1].data
        time = table["TIME"].astype("<f8")
        flux = table["PDCSAP_FLUX"].astype("<f4")
        kept = ~np.isnan(time) & (table["SAP_QUALITY"] & _BITMASK == 0)
    return time[kept], flux[kept] / np.nanmedian(flux[kept])


def _digest(time: NDArray[np.float64], flux: NDArray[np.float32]) -> str:
    hasher = hashlib.sha256(time.astype("<f8").tobytes())
    hasher.update(flux.astype("<f4").tobytes())
    return hasher.hexdigest()
