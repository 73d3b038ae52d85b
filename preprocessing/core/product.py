"""One light-curve file of any mission."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["FAST", "LONG", "SHORT", "WHOLE_MISSION", "Product"]

LONG, SHORT, FAST = "long", "short", "fast"
#: Sequence number of a file that covers every quarter, campaign or sector of its star.
WHOLE_MISSION = -1


@dataclass(frozen=True, order=True, slots=True)
class Product:
    """One light-curve file.

    Products sort by their first fields: of two versions of one quarter, campaign or sector,
    the later is the larger.

    Parameters
    ----------
    stamp : str
        Tells versions and months apart, and sorts in time within one quarter, campaign or
        sector: the time in the file's name, or a version number.
    number : int
        The star's number in the mission's catalog.
    mission : str
        The mission that observed: `Mission.name`.
    author : str
        The team or pipeline that made the file, as in MAST's column ``provenance_name``.
    cadence : {'long', 'short', 'fast'}
        The class of exposure time.
    sequence_number : int
        Quarter, campaign or sector, as the file's name has it; `WHOLE_MISSION` if the file
        covers all of them.
    month : int or None
        Month within the quarter, 1 to 4, where each month has a file; else None.
    exposure_s : float
        Time between two rows, in seconds.
    file_name : str
        The file's name in the archive.
    path : str
        The file's path below the root of the author's tree in the archive.
    uri : str
        The file's address in MAST's own scheme, whichever server it is fetched from.
    position : int
        Sorts quarters, campaigns or sectors in time: `Mission.position`.
    letter : str
        The letter before the sequence number in labels: `Mission.sequence_letter`.
    variant : str
        Tells files of one author apart that show the same star at the same time, differently
        corrected; empty if there is one kind only.

    Attributes
    ----------
    label : str
        Quarter, campaign or sector as people write them: ``Q4``, ``Q4M2``, ``C91``, ``S23``;
        ``all`` for a file of the whole mission.
    sort_key : tuple of (int, str)
        Sorts a star's files in time; a reprocessed sector keeps its rank.
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
    position: int = field(compare=False)
    letter: str = field(compare=False)
    variant: str = field(default="", compare=False)
    label: str = field(init=False, compare=False)
    sort_key: tuple[int, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        month = "" if self.month is None else f"M{self.month}"
        label = f"{self.letter}{self.sequence_number}{month}"
        is_whole = self.sequence_number == WHOLE_MISSION
        object.__setattr__(self, "label", "all" if is_whole else label)
        object.__setattr__(self, "sort_key", (self.position, self.stamp))
