"""What the light curves of TESS by other authors have in common: one file per sector."""

from __future__ import annotations

from preprocessing.core.product import LONG, Product
from preprocessing.missions.tess.sectors import SECTOR_LETTER, ffi_exposure_s

__all__ = ["hlsp_product"]


def hlsp_product(
    author: str,
    name: str,
    number: int,
    sector: int,
    version: int,
    folder: str,
    *,
    cadence: str = LONG,
    exposure_s: float | None = None,
    variant: str = "",
) -> Product:
    """Return the product of an author's file.

    Parameters
    ----------
    author : str
        The author's name in MAST's column ``provenance_name``.
    name : str
        The file's name.
    number : int
        The star's number in TIC; 0 if the name does not have it.
    sector : int
        The sector.
    version : int
        The version of the author's files.
    folder : str
        The file's folder below the root of the author's tree.
    cadence : {'long', 'short', 'fast'}, optional
        The class of exposure time.
    exposure_s : float, optional
        Time between two rows, in seconds; that of the sector's full-frame images by default.
    variant : str, optional
        See `Product`.
    """
    path = f"{folder}/{name}"
    return Product(
        # The later of two versions sorts last.
        stamp=f"{sector:04d}.{version:03d}",
        number=number,
        mission="TESS",
        author=author,
        cadence=cadence,
        sequence_number=sector,
        month=None,
        exposure_s=ffi_exposure_s(sector) if exposure_s is None else exposure_s,
        file_name=name,
        path=path,
        uri=f"mast:HLSP/{author.lower()}/{path}",
        position=sector,
        letter=SECTOR_LETTER,
        variant=variant,
    )
