"""What tells missions apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from preprocessing.missions.author import Author

__all__ = ["Mission"]


@dataclass(frozen=True, eq=False)
class Mission:
    """One mission.

    Parameters
    ----------
    name : {'Kepler', 'K2', 'TESS'}
    telescope, instrument : str
        As its files spell them.
    catalog : {'KIC', 'EPIC', 'TIC'}
        Where its stars have numbers.
    number_keyword : str
        Card of that number.
    target_names : tuple of str
        How MAST may call a star, with a place for its number; the first is the mission's own.
    sequence : {'quarter', 'campaign', 'sector'}
    sequence_numbers : sequence of int
        Those that there are, or may be.
    sequence_keyword : str
        Card of it, and column of outputs.
    bjd_reference : int
        Barycentric Julian Date from which its times count days.
    bitmasks : mapping of str to int
        Quality bitmasks by name.
    quality_column : str
        What outputs call the quality flags: a name by which lightkurve does not mask them
        a second time.
    detector_keywords : tuple of str
        Cards that say where on the detectors the star was: two, from the whole to the part.
    cdpp_keywords : tuple of str
        Cards of the noise on three time scales.
    largest_real_number : int
        Synthetic stars have larger ones.
    authors : tuple of Author
        In the order in which ``--author any`` prefers them; the first is the mission.
    star_cards : tuple of (str, str)
        Keywords that describe the star, with their comments, which outputs take over.
    """

    name: str
    telescope: str
    instrument: str
    catalog: str
    number_keyword: str
    target_names: tuple[str, ...]
    sequence: str
    sequence_numbers: Sequence[int]
    sequence_keyword: str
    bjd_reference: int
    bitmasks: Mapping[str, int]
    quality_column: str
    detector_keywords: tuple[str, str]
    cdpp_keywords: tuple[str, str, str]
    largest_real_number: int
    authors: tuple[Author, ...]
    star_cards: tuple[tuple[str, str], ...]

    @property
    def sequence_table(self) -> str:
        """EXTNAME of the table of files in outputs: ``QUARTERS``, ``CAMPAIGNS``, ``SECTORS``."""
        return f"{self.sequence_keyword}S"

    def author(self, name: str) -> Author | None:
        """Return an author by its name in any case, None if there is none of that name."""
        return next((a for a in self.authors if a.name.lower() == name.lower()), None)
