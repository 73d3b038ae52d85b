"""The recipe: which light curves to fetch, and which flux and rows to stitch, checked once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any

from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import one_of
from preprocessing.missions import (
    DEFAULT_MISSION,
    FAST,
    LONG,
    MISSIONS,
    SHORT,
    Author,
    Mission,
    Product,
    find_mission,
)
from preprocessing.missions.file_layout import FileLayout
from preprocessing.missions.registry import derived

__all__ = [
    "ANY",
    "CADENCES",
    "Recipe",
    "make_recipe",
    "parse_numbers",
    "target_of_output",
]

#: As author: the first, in the mission's order of preference, who has light curves of the star.
#: As cadence: that author's usual one.
ANY = "any"
CADENCES = (LONG, SHORT, FAST)

_DEFAULT = MISSIONS[DEFAULT_MISSION]
_LARGEST_BITMASK = 2**31 - 1
#: The most characters in a list of quarters, campaigns or sectors, which must fit into a card.
_LONGEST_NUMBERS = 60


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the contents of an output file besides the archive's files.

    Two runs may share their records only if their recipes are equal.

    Parameters
    ----------
    mission_name : str
        The mission: `Mission.name`.
    cadence : {'long', 'short', 'fast', 'any'}
        The cadence of the light curves.
    flux : str
        The flux column to stitch: ``pdcsap``, ``sap``, or one that only some authors' files
        have. Empty for the author's column that lightkurve reads.
    quality_bitmask : int
        Rows whose quality flags share a bit with it are dropped.
    author : str
        The author as in MAST's ``provenance_name``, or ``any``.
    sequence_numbers : str
        The quarters, campaigns or sectors to fetch, as in ``1,3-5``; empty for all.
    """

    mission_name: str = _DEFAULT.name
    cadence: str = LONG
    flux: str = "pdcsap"
    quality_bitmask: int = _DEFAULT.bitmasks["default"]
    author: str = _DEFAULT.authors[0].name
    sequence_numbers: str = ""

    @property
    def mission(self) -> Mission:
        """The mission."""
        return MISSIONS[self.mission_name]

    def to_record(self) -> dict[str, Any]:
        """Return the recipe as checkpoints and manifests record it."""
        record = asdict(self)
        return {"mission": record.pop("mission_name"), **record}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Recipe:
        """Return the recipe in a record.

        Parameters
        ----------
        record : mapping
            A recipe as `to_record` returns it. Missing fields get their defaults.

        Raises
        ------
        TypeError
            The record has an unknown field.
        """
        fields = dict(record)
        if "mission" in fields:
            fields["mission_name"] = fields.pop("mission")
        return cls(**fields)

    def wants(self, product: Product) -> bool:
        """Tell whether a file's quarter, campaign or sector is to be fetched."""
        return self.wants_number(product.sequence_number)

    def wants_number(self, sequence_number: int) -> bool:
        """Tell whether a quarter, campaign or sector is to be fetched."""
        if not self.sequence_numbers:
            return True
        return sequence_number in parse_numbers(self.sequence_numbers)

    @property
    def candidates(self) -> tuple[tuple[Author, str], ...]:
        """Authors and cadences in order of preference; a star gets the first that it has.

        Examples
        --------
        >>> [(a.name, c) for a, c in make_recipe("TESS", author="any").candidates[:3]]
        [('SPOC', 'short'), ('TESS-SPOC', 'long'), ('QLP', 'long')]
        """
        authors = self.mission.authors
        if self.author != ANY:
            authors = tuple(author for author in authors if author.name == self.author)
        else:
            authors = tuple(author for author in authors if self._may_take(author))
        if self.cadence == ANY:
            return tuple((author, author.cadences[0]) for author in authors)
        return tuple((a, self.cadence) for a in authors if self.cadence in a.cadences)

    def _may_take(self, author: Author) -> bool:
        """Tell whether a star's light curve may be an author's, if any author will do."""
        has_it = author.has(self.flux, self.sequence_numbers)
        return author.layout is not None and (has_it or not author.is_secondary)

    @property
    def layout(self) -> FileLayout | None:
        """How the author's files hold a light curve; None if the author may be any."""
        author = self.mission.author_named.get(self.author.lower())
        return None if author is None else author.layout

    @property
    def quality_column(self) -> str | None:
        """The column of quality flags in the author's files, or None."""
        return None if self.layout is None else self.layout.quality

    @property
    def flux_column(self) -> str:
        """The column of the author's files that is stitched, and their variant if they have one."""
        if self.layout is None:
            return ""
        columns = self.layout.fluxes[self.flux]
        return f"{columns.flux} {columns.variant}" if columns.variant else columns.flux

    @property
    def has_other_flux(self) -> bool:
        """Whether the flux is another than the author's usual one, and perhaps not in all files."""
        return self.layout is not None and self.flux != next(iter(self.layout.fluxes))

    def resolved_for(self, author: Author, cadence: str) -> Recipe:
        """Return the recipe for a star once its author and cadence are known.

        Parameters
        ----------
        author : Author
            The author of the star's files.
        cadence : str
            Their cadence.
        """
        flux = self.flux or next(iter(author.layout.fluxes if author.layout else ()), "")
        bitmask = self.quality_bitmask
        if self.author == ANY:
            bitmask = author.bitmasks.get(self.mission.quality_name(bitmask), bitmask)
        return replace(
            self, author=author.name, cadence=cadence, flux=flux, quality_bitmask=bitmask
        )

    def output_name(self, stem: str) -> str:
        """Return the file name of a stitched light curve.

        The mission's own author is not part of the name, and neither is an author's usual cadence.

        Parameters
        ----------
        stem : str
            `Target.file_stem`.

        Examples
        --------
        >>> Recipe(cadence="short").output_name("KIC_757076")
        'KIC_757076_short.fits'
        >>> make_recipe("TESS", author="QLP").output_name("TIC_39903405")
        'TIC_39903405_qlp.fits'
        """
        own, author = self.mission.authors[0], self.mission.author_named.get(self.author.lower())
        of_author = "" if author in (None, own) else f"_{self.author.lower()}"
        usual = author is None or self.cadence == author.cadences[0]
        return f"{stem}{of_author}{'' if usual else f'_{self.cadence}'}.fits"

    def output_names(self, stem: str) -> Iterator[str]:
        """Yield every name that `output_name` may return once author and cadence are known.

        Parameters
        ----------
        stem : str
            `Target.file_stem`.
        """
        for author, cadence in self.candidates:
            yield self.resolved_for(author, cadence).output_name(stem)


def target_of_output(stem: str) -> str:
    """Return the part of an output's name that identifies its target.

    Parameters
    ----------
    stem : str
        The file's name without ``.fits``: see `Recipe.output_name`.

    Examples
    --------
    >>> target_of_output("KIC_757076_short"), target_of_output("TIC_39903405_qlp")
    ('KIC_757076', 'TIC_39903405')
    """
    match = _output_stem().fullmatch(stem)
    return stem if match is None else match[1]


@derived
def _output_stem(missions: tuple[Mission, ...]) -> re.Pattern[str]:
    """Return the pattern of an output's name: target, then optional author and cadence."""
    authors = "|".join(re.escape(a.name.lower()) for m in missions for a in m.authors[1:])
    return re.compile(rf"(.+?)(_({authors}))?(_({'|'.join(CADENCES)}))?")


def make_recipe(
    mission: str = DEFAULT_MISSION,
    cadence: str | None = None,
    flux: str | None = None,
    quality: str | int = "default",
    author: str | None = None,
    sequence_numbers: Iterable[int] = (),
) -> Recipe:
    """Check the user's choices and return them as a recipe.

    Parameters
    ----------
    mission : str
        ``Kepler``, ``K2`` or ``TESS``, in any case.
    cadence : {'long', 'short', 'fast'}, optional
        Cadence of the light curves; the author's usual one by default.
    flux : str, optional
        The flux column to stitch; by default, the one that lightkurve reads.
    quality : str or int
        ``none``, ``default``, ``hard``, ``hardest``, or a bitmask as a number.
    author : str, optional
        An author's name in any case, or ``any``; the mission itself by default.
    sequence_numbers : iterable of int
        Quarters, campaigns or sectors to fetch; all if empty.

    Raises
    ------
    UsageError
        A value is unknown, or two values cannot be combined.

    Examples
    --------
    >>> recipe = make_recipe("tess")
    >>> recipe.author, recipe.cadence, recipe.flux, recipe.quality_bitmask
    ('SPOC', 'short', 'pdcsap', 17087)
    """
    chosen = find_mission(mission)
    if chosen is None:
        raise UsageError(f"unknown mission {mission!r}: {one_of(mission, MISSIONS)}")
    if cadence is not None and cadence not in CADENCES:
        raise UsageError(f"unknown cadence {cadence!r}: {one_of(cadence, CADENCES)}")
    name = _author_name(chosen, author)
    recipe = Recipe(
        chosen.name,
        cadence or ANY,
        flux or "",
        _quality_bitmask(quality, chosen, chosen.author_named.get(name.lower())),
        name,
        _checked_numbers(chosen, sequence_numbers),
    )
    if not recipe.candidates:
        there_are = "; ".join(f"{a.name} has {', '.join(a.cadences)}" for a in chosen.authors)
        raise UsageError(f"{name} has no light curves of {cadence} cadence: {there_are}")
    if recipe.sequence_numbers and recipe.candidates[0][0].covers_mission:
        raise UsageError(
            f"a file of {name} covers the whole mission: leave out --{chosen.sequence}s"
        )
    for candidate, _ in recipe.candidates:
        fluxes = () if candidate.layout is None else tuple(candidate.layout.fluxes)
        if flux is not None and flux not in fluxes and candidate.layout is not None:
            raise UsageError(f"{candidate.name} has no flux {flux!r}: choose {', '.join(fluxes)}")
    return recipe if name == ANY else recipe.resolved_for(*recipe.candidates[0])


def _author_name(mission: Mission, author: str | None) -> str:
    if author is None:
        return mission.authors[0].name
    if author.lower() == ANY:
        return ANY
    for any_mission in MISSIONS.values():
        # Nobody has to know whose stars they are to be told why they are refused.
        why = any_mission.refused_authors.get(author.lower())
        if why is not None:
            raise UsageError(f"{author} cannot be stitched: {why}")
    known = mission.author_named.get(author.lower())
    if known is None:
        others = (m for m in MISSIONS.values() if author.lower() in m.author_named)
        other = next(others, None)
        names = (*(a.name for a in mission.authors if a.layout is not None), ANY)
        advice = one_of(author, names)
        if other is not None:
            advice = f"{other.author_named[author.lower()].name} is of {other.name}: add --mission"
            advice += f" {other.name}"
        raise UsageError(f"unknown author {author!r} of {mission.name}: {advice}")
    return known.name


def _checked_numbers(mission: Mission, numbers: Iterable[int]) -> str:
    chosen = set(numbers)
    unknown = sorted(chosen.difference(mission.sequence_numbers))
    if unknown:
        raise UsageError(f"{mission.name} has no {mission.sequence} {unknown[0]}")
    # Campaign 9 means both of its halves.
    chosen.update(*map(mission.with_parts, tuple(chosen)))
    text = _as_ranges(sorted(chosen))
    if len(text) > _LONGEST_NUMBERS:
        raise UsageError(f"too many single {mission.sequence}s: name ranges, as in 1-9")
    return text


def _as_ranges(numbers: Sequence[int]) -> str:
    # Within a run of consecutive numbers, number minus index is constant.
    runs = groupby(enumerate(numbers), lambda item: item[1] - item[0])
    stretches = ([number for _, number in run] for _, run in runs)
    return ",".join(
        str(some[0]) if len(some) == 1 else f"{some[0]}-{some[-1]}" for some in stretches
    )


@lru_cache(maxsize=16)
def parse_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers in a list of numbers and ranges, ascending.

    Parameters
    ----------
    text : str
        The list, such as ``1,3-5``.

    Raises
    ------
    UsageError
        The text is not such a list.

    Examples
    --------
    >>> parse_numbers("1,3-5")
    (1, 3, 4, 5)
    """
    numbers: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,4})\s*(?:-\s*(\d{1,4})\s*)?", part, re.ASCII)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            raise UsageError(f"{text!r} is not a list of numbers such as 1,3-5")
        numbers.update(range(first, last + 1))
    return tuple(sorted(numbers))


def _quality_bitmask(quality: str | int, mission: Mission, author: Author | None) -> int:
    """Return a bitmask by name or number; of any author, the mission's own (author None)."""
    named = {**mission.bitmasks, **({} if author is None else author.bitmasks)}
    if isinstance(quality, str) and quality in named:
        return named[quality]
    try:
        # Base 0 accepts hexadecimal, in which bitmasks are often written.
        bitmask = int(quality, 0) if isinstance(quality, str) else quality
    except ValueError:
        whose = [a.name for a in mission.authors if quality in a.bitmasks]
        if whose:
            raise UsageError(f"--quality {quality} needs --author {whose[0]}") from None
        advice = one_of(str(quality), (*named, "a bitmask"))
        raise UsageError(f"unknown quality {quality!r}: {advice}") from None
    if not 0 <= bitmask <= _LARGEST_BITMASK:
        raise UsageError(f"quality bitmask {bitmask} is not between 0 and {_LARGEST_BITMASK}")
    return bitmask
