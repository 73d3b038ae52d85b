"""Find the light curve of a star among the files of a folder."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

from preprocessing.missions import MISSIONS
from preprocessing.missions.recipe import target_of_output
from preprocessing.missions.targets import Target, parse_target

__all__ = ["FileIndex"]

_SUFFIX = ".fits"


class FileIndex:
    """The light curves in a folder, by the names of their stars.

    Parameters
    ----------
    folder : Path
        Looked through once. Unfinished files, whose names begin with a dot, do not count.

    Attributes
    ----------
    files : dict of str to str
        The name of the file of each light curve, by its id, sorted by catalog number and then
        by name. The id is the star's name, or the file's without ``.fits`` if the star has
        several.
    names : frozenset of str
        The names of the files.
    """

    def __init__(self, folder: Path) -> None:
        with os.scandir(folder) as entries:
            found = (entry.name for entry in entries)
            self.names = frozenset(n for n in found if n.endswith(_SUFFIX) and n[0] != ".")
        targets = {name: _target_of(name) for name in self.names}
        self._by_star: defaultdict[int | str, list[str]] = defaultdict(list)
        for name in sorted(self.names, key=lambda name: _sort_key(name, targets[name])):
            self._by_star[targets[name].identity].append(name)
        self.files = {
            targets[name].name if len(names) == 1 else name.removesuffix(_SUFFIX): name
            for names in self._by_star.values()
            for name in names
        }
        self._catalogs = sorted({t.catalog for t in targets.values() if t.catalog}) or [
            mission.catalog for mission in MISSIONS.values()
        ]

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
