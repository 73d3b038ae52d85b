"""All that the tables of a data set say of one star."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from preprocessing.core.known_object import KnownObject
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.value_column import ValueColumn
from preprocessing.tables.curve_rows import Row

__all__ = ["StarRecord"]


@dataclass(frozen=True)
class StarRecord:
    """What a data set knows of one star, or of one light curve where a star has several.

    Values are those of the tables, null as None; nothing is measured again.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    name : str
        Catalog and number, as ``KIC 757076``, or the name if no catalog has the star.
    file : str
        Name that the FITS file of the light curve has or had; empty if there is none.
    number : int or None
        The star's number in the mission's catalog.
    features, vetting, ranking, baseline : mapping of str to (float, int, str, bool or None)
        Its row of the table of that name; empty if there is none.
    candidates, dispositions, events : tuple of mapping
        Its rows of the table of that name; those of one candidate have the same ``number``.
    known : tuple of KnownObject
        What the file of known objects says of the star.
    outcome : TargetOutcome or None
        What became of its download; None if there are no records of it.
    columns : mapping of str to mapping of str to ValueColumn
        By name of table and of column, what it holds, and in which unit.
    about : mapping of str to mapping of str to str
        By name of table, what its file says about itself.
    missing : mapping of str to str
        Tables that say nothing of the star, with the reason and what to run.
    """

    root: Path
    name: str
    file: str
    number: int | None
    features: Row = field(default_factory=dict, repr=False)
    vetting: Row = field(default_factory=dict, repr=False)
    ranking: Row = field(default_factory=dict, repr=False)
    baseline: Row = field(default_factory=dict, repr=False)
    candidates: tuple[Row, ...] = field(default=(), repr=False)
    dispositions: tuple[Row, ...] = field(default=(), repr=False)
    events: tuple[Row, ...] = field(default=(), repr=False)
    known: tuple[KnownObject, ...] = field(default=(), repr=False)
    outcome: TargetOutcome | None = field(default=None, repr=False)
    columns: Mapping[str, Mapping[str, ValueColumn]] = field(default_factory=dict, repr=False)
    about: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The star as part of file names and addresses: ``kic_757076``."""
        stem = self.file.removesuffix(".fits") or self.name
        return "".join(c if c.isalnum() or c in "-." else "_" for c in stem.lower()).lstrip(".")

    @property
    def light_name(self) -> str:
        """What its light curve is asked for by: of a star that may have several, the file's."""
        stem = self.file.removesuffix(".fits")
        return stem if stem and stem != self.name.replace(" ", "_") else self.name

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that vetting gave."""
        return _listed(self.vetting.get("labels"))

    @property
    def neighbors(self) -> tuple[str, ...]:
        """The stars most like it, by name, the most alike first."""
        return _listed(self.ranking.get("similar"))

    def reasons(self, which: str = "") -> tuple[tuple[str, float], ...]:
        """Return the features that add most to the score, each with what it adds.

        Parameters
        ----------
        which : {'', '_unexplained'}
            Of the score as observed, or of what labels leave.
        """
        names = _listed(self.ranking.get(f"features{which}"))
        shares = _listed(self.ranking.get(f"shares{which}"))
        return tuple((name, float(share)) for name, share in zip(names, shares, strict=False))

    def parts(self, which: str = "") -> dict[str, float]:
        """Return the parts of the score that have a value; the argument of `reasons`."""
        found = {}
        for column, value in self.ranking.items():
            name = column.removeprefix("part_").removesuffix("_unexplained")
            if column == f"part_{name}{which}" and isinstance(value, float):
                found[name] = value
        return found

    def disposition_of(self, candidate: Row) -> Row:
        """Return how vetting judged a candidate; empty if it did not.

        Parameters
        ----------
        candidate : mapping
            One of `candidates`.
        """
        number = candidate.get("number")
        return next((one for one in self.dispositions if one.get("number") == number), {})


def _listed(value: object) -> tuple[str, ...]:
    """Return the words of a cell with + between."""
    return tuple(value.split("+")) if isinstance(value, str) and value else ()
