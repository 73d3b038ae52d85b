"""One light-curve file of any mission."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["FAST", "LONG", "SHORT", "Product"]

LONG, SHORT, FAST = "long", "short", "fast"


@dataclass(frozen=True, order=True, slots=True)
class Product:
    """One light-curve file.

    Products sort by their first fields: of two versions of one quarter, campaign or sector,
    the later is the larger.

    Parameters
    ----------
    stamp : str
        The time in the file's name, for missions that put one there; else the campaign or
        sector. It sorts in time order.
    number : int
        The star's number in the mission's catalog: KIC, EPIC or TIC.
    mission : {'Kepler', 'K2', 'TESS'}
        The mission that observed.
    author : str
        The team or pipeline that made the file, as in MAST's column ``provenance_name``.
    cadence : {'long', 'short', 'fast'}
        The class of exposure time.
    sequence_number : int
        Quarter, campaign or sector. The two halves of K2's campaigns 9, 10 and 11 are 91, 92,
        101 and so on.
    month : int or None
        Month within the quarter, 1 to 4, for Kepler's short cadence; else None.
    exposure_s : float
        Time between two rows, in seconds.
    file_name : str
        The file's name in the archive.
    path : str
        The file's path below the root of the author's tree in the archive.
    uri : str
        The file's address in MAST's own scheme, whichever server it is fetched from.
    """

    stamp: str
    number: int
    mission: str
    author: str
    cadence: str
    sequence_number: int
    month: int | None
    exposure_s: float
    file_name: str
    path: str = field(compare=False)
    uri: str = field(compare=False)

    @property
    def sort_key(self) -> tuple[str, str]:
        """The key that sorts a star's files in time; a reprocessed sector keeps its rank."""
        return f"{self.sequence_number:04d}" if self.mission == "TESS" else "", self.stamp

    @property
    def label(self) -> str:
        """Quarter, campaign or sector as people write them: ``Q4``, ``Q4M2``, ``C91``, ``S23``."""
        letter = {"Kepler": "Q", "K2": "C"}.get(self.mission, "S")
        month = "" if self.month is None else f"M{self.month}"
        return f"{letter}{self.sequence_number}{month}"
