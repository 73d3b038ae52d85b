"""What tells the makers of light curves apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from preprocessing.core.product import Product
from preprocessing.missions.file_layout import FileLayout

__all__ = ["Author"]


@dataclass(frozen=True, eq=False)
class Author:
    """Who makes light curves of a mission.

    Parameters
    ----------
    name : str
        As MAST's column ``provenance_name`` has it.
    collection : str
        Whose tree of files the archive keeps them in: ``kepler``, ``tess``, ``qlp``.
    cadences : tuple of str
        The first is the usual one.
    parse : callable
        Returns the product that a file's name stands for, None if it is no such name.
    layout : FileLayout or None
        None if the files cannot be read: their light curves are not what the others are.
    names_tell : bool
        Whether the names of a star's files follow from the ids of its observations.
    """

    name: str
    collection: str
    cadences: tuple[str, ...]
    parse: Callable[[str], Product | None]
    layout: FileLayout | None
    names_tell: bool = False
