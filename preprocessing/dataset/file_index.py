"""Find the light curve of a star by any of its names."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from preprocessing.missions import MISSIONS
from preprocessing.missions.recipe import target_of_output
from preprocessing.missions.targets import Target, parse_target

__all__ = ["FileIndex", "fits_files"]

_SUFFIX = ".fits"


def fits_files(folder: Path) -> frozenset[str]:
    """Return the names of the light curves in a folder.

    Parameters
    ----------
    folder : Path
        Looked through once. Unfinished files, whose names begin with a dot, do not count.
    """
    with os.scandir(folder) as entries:
        found = (entry.name for entry in entries)
        return frozenset(n for n in found if n.endswith(_SUFFIX) and n[0] != ".")


class FileIndex:
    """The light curves of a data set, by the names of their stars.

    Parameters
    ----------
    packed : sequence of str
        The names of the FITS files that were packed, in the order in which they are read best.
    others : iterable of str
        The names of the FITS files that are there. Those of `packed` count once.

    Attributes
    ----------
    files : dict of str to str
        The name of the file of each light curve, by its id: those of `packed`, then the others
        by catalog number and name. The id is the star's name, or the file's without ``.fits``
        if the star has several.
    names : frozenset of str
        The names of the files.
    """

    def __init__(self, packed: Sequence[str], others: Iterable[str]) -> None:
        self.names = frozenset((*packed, *others))
        targets = {name: _target_of(name) for name in self.names}
        self._by_star: defaultdict[int | str, list[str]] = defaultdict(list)
        unpacked = self.names.difference(packed)
        ordered = [*packed, *sorted(unpacked, key=lambda name: _sort_key(name, targets[name]))]
        for name in ordered:
            self._by_star[targets[name].identity].append(name)
        self.files = {self._id_of(targets[name], name): name for name in ordered}
        self._catalogs = sorted({t.catalog for t in targets.values() if t.catalog}) or [
            mission.catalog for mission in MISSIONS.values()
        ]

    def _id_of(self, target: Target, file: str) -> str:
        is_alone = len(self._by_star[target.identity]) == 1
        return target.name if is_alone else file.removesuffix(_SUFFIX)

    def targets_named(self, text: str) -> list[Target]:
        """Return the targets that a text may stand for: a bare number, one of each catalog."""
        return [parse_target(text, catalog) for catalog in self._catalogs]

    def files_of(self, text: str) -> set[str]:
        """Return the names of the files that a text may stand for.

        Parameters
        ----------
        text : str
            An id, the name of a file without ``.fits``, or a star's name in any spelling.
        """
        if text in self.files:
            return {self.files[text]}
        if f"{text}{_SUFFIX}" in self.names:
            return {f"{text}{_SUFFIX}"}
        stars = (target.identity for target in self.targets_named(text))
        return {name for star in stars for name in self._by_star.get(star, ())}


def _target_of(file_name: str) -> Target:
    text = target_of_output(file_name.removesuffix(_SUFFIX))
    return parse_target(text.replace("_", " "))


def _sort_key(file_name: str, target: Target) -> tuple[bool, str, int, str]:
    return target.number is None, target.catalog, target.number or 0, file_name
