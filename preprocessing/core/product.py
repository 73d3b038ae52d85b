"""One light-curve file of any mission."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["FAST", "LONG", "SHORT", "Product"]

LONG, SHORT, FAST = "long", "short", "fast"


@dataclass(frozen=True, order=True, slots=True)
class Product:
    """One light-curve file.

    Of two versions of one quarter, campaign or sector the later is the larger.

    Parameters
    ----------
    stamp : str
        For missions that stamp their files the time in the file's name, else the campaign
        or the sector, written so that it sorts.
    number : int
        The star's number in the mission's catalog: KIC, EPIC or TIC.
    mission : {'Kepler', 'K2', 'TESS'}
    author : str
        Who made the file, as MAST's column ``provenance_name`` has it.
    cadence : {'long', 'short', 'fast'}
    sequence_number : int
        Quarter, campaign or sector; the two halves of K2's campaigns 9, 10 and 11 are 91,
        92, 101 and so on.
    month : int or None
        1 to 4 for short cadence of Kepler, else None.
    exposure_s : float
        Time between two rows, in seconds.
    file_name : str
        In the archive.
    path : str
        Below the root of the author's tree in the archive, the file's name included.
    uri : str
        The file's address in MAST's own scheme, whatever server it is had from.
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
    def place(self) -> tuple[str, str]:
        """By which the files of a star sort in time: a sector that was made anew stays in place."""
        return f"{self.sequence_number:04d}" if self.mission == "TESS" else "", self.stamp

    @property
    def label(self) -> str:
        """Quarter, campaign or sector as people write them: ``Q4``, ``Q4M2``, ``C91``, ``S23``."""
        letter = {"Kepler": "Q", "K2": "C"}.get(self.mission, "S")
        month = "" if self.month is None else f"M{self.month}"
        return f"{letter}{self.sequence_number}{month}"
