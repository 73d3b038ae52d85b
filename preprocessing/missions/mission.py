"""What distinguishes one mission from another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from preprocessing.core.clock_key import ClockKey
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.core.product import WHOLE_MISSION, Product
from preprocessing.missions.author import Author
from preprocessing.missions.known_tables import KnownTable
from preprocessing.missions.observation_ids import ListedObservation, ObservationId
from preprocessing.missions.star_tables import StarTables

__all__ = ["Mission", "any_file"]


def any_file(own_prefix: str, n_digits: int, hlsp_name: str) -> re.Pattern[str]:
    """Return a pattern for the start of any file's name about a star, the number as its group.

    Parameters
    ----------
    own_prefix : str
        Pattern of what stands before the number in the mission's own files.
    n_digits : int
        Digits of the number.
    hlsp_name : str
        The mission in names of high-level science products, which are
        ``hlsp_project_mission_…`` (https://outerspace.stsci.edu/display/MASTDOCS/File+Naming+Convention).

    Examples
    --------
    >>> any_file("ktwo", 9, "k2").match("hlsp_everest_k2_llc_206103150-c03_kepler_v2.0_lc.fits")[1]
    '206103150'
    """
    # Some projects name files by numbers of Gaia, which look like the missions' own.
    by_others = rf"hlsp_[a-z0-9-]+_{hlsp_name}_(?:(?!gaia).)*?(?<!\d)"
    return re.compile(rf"(?:{own_prefix}|{by_others})(\d{{{n_digits}}})[-_]", re.ASCII)


@dataclass(frozen=True, eq=False)
class Mission:
    """One mission: everything that the rest of the program knows about it.

    Parameters
    ----------
    name : str
        The name in MAST's column ``project``.
    telescope, instrument : str
        Telescope and instrument, spelled as in the mission's files.
    catalog : str
        Catalog of its stars, and prefix of their numbers, as in ``KIC 757076``.
    catalog_digits : int
        The most digits of a number in that catalog.
    name_prefixes : tuple of str
        Prefixes that a star's number may have, in lower case.
    id_columns : tuple of str
        Names of columns that hold such numbers, as services and authors spell them: small
        letters and digits only, the likeliest first. Those that consist of the catalog's name
        or a prefix, and a word like ``id``, follow from that.
    resolver_name : str
        The catalog's name in MAST's name resolver.
    number_keyword : str
        Header keyword of the star's number.
    target_names : tuple of str
        Forms of a star's name in MAST, with a placeholder for its number; the mission's own
        form first.
    sequence : str
        What a stretch of observation is called: ``quarter``, ``campaign``, ``sector``.
    sequence_letter : str
        The letter before its number in labels.
    sequence_numbers : sequence of int
        The numbers that exist or may come.
    sequence_keyword : str
        Header keyword of that number, and the column's name in outputs.
    bjd_reference : int
        Barycentric Julian Date from which times count days.
    bitmasks : mapping of str to int
        Quality bitmasks by name.
    quality_column : str
        The quality column's name in outputs; chosen so that lightkurve does not mask rows a
        second time.
    detector_keywords : tuple of str
        Two header keywords that locate the star on the detectors, the larger unit first.
    has_clock_per_detector : bool
        Whether each of those detectors has a clock of its own, and not the mission one for all.
    cdpp_keywords : tuple of str
        Header keywords of the noise on three time scales.
    cdpp_scales : tuple of str
        Those time scales in words.
    authors : tuple of Author
        Authors in the order in which ``--author any`` prefers them; the mission itself first.
    star_cards : tuple of (str, str)
        Keywords that describe the star, with their comments; outputs copy them.
    row_count : callable
        Returns the approximate number of rows in a file before it is fetched.
    parse_observation_id : callable
        Returns what the id of one of MAST's observations says; None if it has another form.
    promised_products : callable
        Returns the files of an observation, given its id, in time order; None if only MAST's
        product list has their names.
    list_observations : callable
        Returns MAST's observations of a star, given its number and files. The simulator's
        portal answers with these.
    sequence_parts : mapping of int to tuple of int
        Numbers of the parts of an interrupted stretch, by the number of the whole.
    is_ongoing : bool
        Whether `sequence_numbers` extends past the last stretch that has been observed.
    holdings_prefixes : tuple of str
        Prefixes of target names, ascending, that divide all stars into answers of manageable
        size; empty if sequence numbers do.
    most_observations : int
        The most observations of one star; an answer with more is refused.
    observing_modes : mapping of str to str
        Value of the card OBSMODE by cadence; empty if only the time between rows tells the
        cadence.
    check_end : callable, optional
        Raises `WrongProduct` if a file's last time (days since `bjd_reference`), or the sequence
        number in its header, shows that it is another file.
    refused_authors : mapping of str to str
        Authors whose light curves exist but cannot be stitched, in lower case, and why.
    star_tables : StarTables, optional
        Sources of the local catalog's columns; None if there is no catalog.
    known_tables : tuple of KnownTable
        Published tables of planets, binaries and variables among its stars.
    number_ranges : tuple of range
        Where the catalog's numbers lie; empty if that is not known. It tells one mission's list
        from another's, and refuses no number.
    synthetic_numbers : range
        Numbers that no archive uses, for the simulator's stars.
    any_file : re.Pattern, optional
        The start of the name of any of the mission's own files (pixels, reports), with the
        star's number as its only group: see `any_file`. None if only light curves are
        recognized.
    instrument_lines : tuple of InstrumentLine
        Frequencies at which the instrument makes light vary.
    flagged_lines : tuple of InstrumentLine
        Ranges of periods at which candidates are false where rows have a flag: each has the name
        of the flag in `flags`.
    flags : mapping of str to int
        What the spacecraft or the detector did, each with the quality flags that say so.
    flag_names : mapping of int to str
        What each quality flag says, by its value.
    place_form : str
        How a place on the detectors is written, with placeholders for the numbers of
        `detector_keywords`: stars of one place share what its electronics do.
    magnitude_keyword : str
        Header keyword of the star's magnitude in the mission's band.
    faults : tuple of str
        What the spacecraft and its detectors do to light that no flag masks, as kinds of signals
        that validation puts in.
    sequences_a_year : int
        After how many stretches stars come back to the same place of the detectors; 0 if never.
    desaturation_d : float
        About how often the spacecraft turned to slow its wheels, in days; 0 if at no fixed time.
    author_named : mapping of str to Author
        The authors by their names in lower case; derived from `authors`.
    sequence_table : str
        EXTNAME of the table of files in outputs: ``QUARTERS``, ``CAMPAIGNS``, ``SECTORS``;
        derived from `sequence_keyword`.
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
    authors: tuple[Author, ...]
    star_cards: tuple[tuple[str, str], ...]
    row_count: Callable[[Product], int]
    parse_observation_id: Callable[[str], ObservationId | None]
    promised_products: Callable[[str], tuple[Product, ...] | None]
    list_observations: Callable[[int, Sequence[Product]], list[ListedObservation]]
    sequence_parts: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    is_ongoing: bool = False
    has_clock_per_detector: bool = False
    holdings_prefixes: tuple[str, ...] = ()
    most_observations: int = 2000
    observing_modes: Mapping[str, str] = field(default_factory=dict)
    check_end: Callable[[Product, object, float], None] | None = None
    refused_authors: Mapping[str, str] = field(default_factory=dict)
    star_tables: StarTables | None = None
    known_tables: tuple[KnownTable, ...] = ()
    number_ranges: tuple[range, ...] = ()
    synthetic_numbers: range = range(0)
    any_file: re.Pattern[str] | None = None
    instrument_lines: tuple[InstrumentLine, ...] = ()
    flagged_lines: tuple[InstrumentLine, ...] = ()
    flags: Mapping[str, int] = field(default_factory=dict)
    flag_names: Mapping[int, str] = field(default_factory=dict)
    place_form: str = ""
    magnitude_keyword: str = ""
    faults: tuple[str, ...] = ()
    sequences_a_year: int = 0
    desaturation_d: float = 0.0
    author_named: Mapping[str, Author] = field(init=False, compare=False, repr=False)
    sequence_table: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        named = {author.name.lower(): author for author in self.authors}
        # The only way to derive a field of a frozen dataclass.
        object.__setattr__(self, "author_named", named)
        object.__setattr__(self, "sequence_table", f"{self.sequence_keyword}S")

    def label(self, number: int) -> str:
        """Return a quarter, campaign or sector as people write it: ``Q4``, ``C91``, ``S23``.

        Parameters
        ----------
        number : int
            Quarter, campaign or sector; `WHOLE_MISSION` is called ``all``.
        """
        return "all" if number == WHOLE_MISSION else f"{self.sequence_letter}{number}"

    @property
    def cdpp_hours(self) -> tuple[float, ...]:
        """The time scales of `cdpp_keywords` in hours, which their names have."""
        names = (keyword.removeprefix("CDPP") for keyword in self.cdpp_keywords)
        return tuple(float(name.replace("_", ".")) for name in names)

    def quality_name(self, bitmask: int) -> str:
        """Return the name of a quality bitmask; empty if it has none.

        Parameters
        ----------
        bitmask : int
            The flags that drop a row, combined.
        """
        return next((name for name, mask in self.bitmasks.items() if mask == bitmask), "")

    def whole(self, number: int) -> int:
        """Return the quarter, campaign or sector that a part belongs to, or the number itself."""
        return next(
            (whole for whole, parts in self.sequence_parts.items() if number in parts), number
        )

    def with_parts(self, number: int) -> tuple[int, ...]:
        """Return the number of a quarter, campaign or sector, followed by its parts' numbers."""
        return number, *self.sequence_parts.get(number, ())

    def clock_key(
        self, exposure_s: float, sequence_number: int, detector: Sequence[int | None]
    ) -> ClockKey | None:
        """Return the clock of a file's cadences; None if the file does not say on which detector.

        Parameters
        ----------
        exposure_s : float
            Time between two rows, in seconds.
        sequence_number : int
            The quarter, campaign or sector.
        detector : sequence of int or None
            Where the star is on the detectors: values of `detector_keywords`.
        """
        if not self.has_clock_per_detector:
            return ClockKey(self.name, exposure_s, sequence_number)
        numbers = tuple(number for number in detector if number is not None)
        if len(numbers) < len(self.detector_keywords):
            return None
        return ClockKey(self.name, exposure_s, sequence_number, numbers)

    def place(self, detector: Sequence[int | None]) -> str:
        """Return where light fell, as people write it; empty if the file does not say.

        Parameters
        ----------
        detector : sequence of int or None
            Values of `detector_keywords`.
        """
        needed = detector[: self.place_form.count("{")]
        return "" if None in needed else self.place_form.format(*needed)

    def flags_of(self, author: Author) -> Mapping[str, int]:
        """Return what quality flags of an author's files say; empty if they say something else.

        Parameters
        ----------
        author : Author
            The author.
        """
        return self.flags if _has_flags_of_mission(author) else {}

    def flag_names_of(self, author: Author) -> Mapping[int, str]:
        """Return what each quality flag of an author's files says; empty if that is not known.

        Parameters
        ----------
        author : Author
            The author.
        """
        return self.flag_names if _has_flags_of_mission(author) else {}

    def position(self, number: int) -> int:
        """Return a number that sorts quarters, campaigns, sectors and their parts in time.

        Parameters
        ----------
        number : int
            The number in file names: 91, the first part of campaign 9, comes before 12.
        """
        if not self.sequence_parts:
            return number
        whole = self.whole(number)
        part = self.with_parts(whole).index(number)
        # Ten numbers per stretch are enough: no stretch has ten parts.
        return 10 * whole + part


def _has_flags_of_mission(author: Author) -> bool:
    has_flags = author.layout is not None and author.layout.quality is not None
    return has_flags and not author.bitmasks
