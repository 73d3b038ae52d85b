"""What tells missions apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from preprocessing.core.product import Product
from preprocessing.missions.author import Author
from preprocessing.missions.observation_ids import ListedObservation, ObservationId
from preprocessing.missions.star_tables import StarTables

__all__ = ["Mission"]


@dataclass(frozen=True, eq=False)
class Mission:
    """One mission: all that the rest of the program knows about it.

    Parameters
    ----------
    name : str
        As MAST's column ``project`` has it.
    telescope, instrument : str
        As its files spell them.
    catalog : str
        Prefix of its stars' numbers, as in ``KIC 757076``.
    catalog_digits : int
        Most digits of a number in that catalog.
    name_prefixes : tuple of str
        What may stand before a number in the name of a star, in small letters.
    id_columns : tuple of str
        Columns of target lists that hold such numbers, in small letters.
    resolver_name : str
        What MAST's name resolver calls the catalog.
    number_keyword : str
        Card of the star's number.
    target_names : tuple of str
        How MAST may call a star, with a place for its number; the first is the mission's own.
    sequence : str
        What a stretch of observation is called: ``quarter``, ``campaign``, ``sector``.
    sequence_letter : str
        What stands before its number in labels.
    sequence_numbers : sequence of int
        The numbers that exist or may come.
    sequence_keyword : str
        Card of that number, and column of outputs.
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
    cdpp_scales : tuple of str
        Those time scales in words.
    largest_real_number : int
        Synthetic stars have larger ones.
    authors : tuple of Author
        In the order in which ``--author any`` prefers them; the first is the mission.
    star_cards : tuple of (str, str)
        Keywords that describe the star, with their comments, which outputs take over.
    row_count : callable
        Returns about how many rows a file has, before it is fetched.
    parse_observation_id : callable
        Returns what the id of one of MAST's observations says, None if it is of another form.
    promised_products : callable
        Returns the files of an observation, given its id, in time order; None if only MAST's
        product list tells their names.
    list_observations : callable
        Returns MAST's observations of a star, given its number and its files: what the
        simulator's portal answers with.
    sequence_parts : mapping of int to tuple of int
        The numbers of the parts of a stretch that was interrupted, by the number of the whole.
    is_ongoing : bool
        Whether `sequence_numbers` may go on after the last that has been observed.
    holdings_prefixes : tuple of str
        Beginnings of target names that divide all stars into bearable answers, in ascending
        order; empty if sequence numbers divide them.
    most_observations : int
        Of one star; an answer with more is refused.
    observing_modes : mapping of str to str
        What the card OBSMODE says, by cadence; empty if files tell their cadence by the time
        between rows.
    check_end : callable, optional
        Raises `WrongProduct` if a file's last time, in days since `bjd_reference`, or the
        sequence number that its header states, shows that it is another file.
    refused_authors : mapping of str to str
        Authors whose light curves exist but cannot be stitched, in small letters, and why.
    star_tables : StarTables, optional
        Where the local catalog's columns come from; None if there is no catalog.
    """

    name: str
    telescope: str
    instrument: str
    catalog: str
    catalog_digits: int
    name_prefixes: tuple[str, ...]
    id_columns: tuple[str, ...]
    resolver_name: str
    number_keyword: str
    target_names: tuple[str, ...]
    sequence: str
    sequence_letter: str
    sequence_numbers: Sequence[int]
    sequence_keyword: str
    bjd_reference: int
    bitmasks: Mapping[str, int]
    quality_column: str
    detector_keywords: tuple[str, str]
    cdpp_keywords: tuple[str, str, str]
    cdpp_scales: tuple[str, str, str]
    largest_real_number: int
    authors: tuple[Author, ...]
    star_cards: tuple[tuple[str, str], ...]
    row_count: Callable[[Product], int]
    parse_observation_id: Callable[[str], ObservationId | None]
    promised_products: Callable[[str], tuple[Product, ...] | None]
    list_observations: Callable[[int, Sequence[Product]], list[ListedObservation]]
    sequence_parts: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    is_ongoing: bool = False
    holdings_prefixes: tuple[str, ...] = ()
    most_observations: int = 2000
    observing_modes: Mapping[str, str] = field(default_factory=dict)
    check_end: Callable[[Product, object, float], None] | None = None
    refused_authors: Mapping[str, str] = field(default_factory=dict)
    star_tables: StarTables | None = None

    @property
    def sequence_table(self) -> str:
        """EXTNAME of the table of files in outputs: ``QUARTERS``, ``CAMPAIGNS``, ``SECTORS``."""
        return f"{self.sequence_keyword}S"

    def author(self, name: str) -> Author | None:
        """Return an author by its name in any case, None if there is none of that name."""
        return next((a for a in self.authors if a.name.lower() == name.lower()), None)

    def label(self, number: int) -> str:
        """Return a quarter, campaign or sector as people write it: ``Q4``, ``C91``, ``S23``."""
        return f"{self.sequence_letter}{number}"

    def whole(self, number: int) -> int:
        """Return the quarter, campaign or sector that a part belongs to, or the number itself."""
        return next(
            (whole for whole, parts in self.sequence_parts.items() if number in parts), number
        )

    def with_parts(self, number: int) -> tuple[int, ...]:
        """Return the number of a quarter, campaign or sector, and those of its parts."""
        return number, *self.sequence_parts.get(number, ())

    def position(self, number: int) -> int:
        """Return a number that sorts quarters, campaigns or sectors, and their parts, in time.

        Parameters
        ----------
        number : int
            As file names have it: 91 comes before 12 if it is the first part of 9.
        """
        if not self.sequence_parts:
            return number
        whole = self.whole(number)
        part = self.with_parts(whole).index(number)
        # Nothing was interrupted nine times.
        return 10 * whole + part
