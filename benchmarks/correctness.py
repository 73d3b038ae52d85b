"""Count the stars of which everything came, and came as it should."""

from __future__ import annotations

import enum
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from benchmarks.mirror import Mirror
from preprocessing.missions import Product, author_of
from preprocessing.missions.recipe import Recipe, make_recipe

__all__ = ["Makes", "count_right", "recipe_of", "stitched_name"]


class Makes(enum.Enum):
    """What a contender leaves behind."""

    STITCHED = "one stitched FITS file a star"
    FILES = "the mission's files"


def recipe_of(product: Product) -> Recipe:
    """Return what makes an output of a star's files: lightkurve's defaults, as all stitch with."""
    return make_recipe(product.mission, product.cadence, author=product.author)


def stitched_name(product: Product) -> str:
    """Return what the stitched file of a product's star is called."""
    recipe = recipe_of(product)
    return recipe.output_name(f"{recipe.mission.catalog}_{product.number}")


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
        stars = mirror.products.values()
        return sum(
            _is_right_stitch(output / stitched_name(star[0]), mirror, star) for star in stars
        )
    found = {path.name: path for path in output.rglob("*.fits")}
    return sum(_has_right_files(found, mirror, kic) for kic in mirror.products)


def _has_right_files(found: dict[str, Path], mirror: Mirror, kic: int) -> bool:
    names = {product.file_name: mirror.path(product) for product in mirror.products[kic]}
    return all(
        name in found and found[name].read_bytes() == path.read_bytes()
        for name, path in names.items()
    )


def _is_right_stitch(path: Path, mirror: Mirror, star: tuple[Product, ...]) -> bool:
    files = tuple((mirror.path(product), product) for product in star)
    return _stitched_digest(path) == _expected_digest(files)


def _stitched_digest(path: Path) -> str | None:
    try:
        with fits.open(path, memmap=False) as hdus:
            table = hdus[1].data
            return _digest(table["TIME"], table["FLUX"])
    except (OSError, KeyError, IndexError):
        # Not there, cut off, or something else than a light curve.
        return None


@cache
def _expected_digest(files: tuple[tuple[Path, Product], ...]) -> str:
    times, fluxes = zip(*(_normalized(path, product) for path, product in files), strict=True)
    return _digest(np.concatenate(times), np.concatenate(fluxes))


def _normalized(path: Path, product: Product) -> tuple[NDArray[Any], NDArray[Any]]:
    recipe = recipe_of(product)
    layout = author_of(product).layout
    assert layout is not None
    with fits.open(path, memmap=False) as hdus:
        table = hdus[1].data
        time = table[layout.time].astype("<f8")
        flux = table[recipe.flux_column].astype("<f8" if layout.is_double else "<f4")
        kept = ~np.isnan(time)
        if layout.quality is not None:
            kept &= table[layout.quality] & recipe.quality_bitmask == 0
    return time[kept], flux[kept] / np.nanmedian(flux[kept])


def _digest(time: NDArray[Any], flux: NDArray[Any]) -> str:
    hasher = hashlib.sha256(time.astype("<f8").tobytes())
    hasher.update(flux.astype("<f4").tobytes())
    return hasher.hexdigest()
