"""Search answers kept on disk, so that a second run needs no search."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from preprocessing.acquire.archives.answer_file import AnswerFile
from preprocessing.acquire.archives.base import StarFiles
from preprocessing.missions import Product, parse_file_name
from preprocessing.missions.recipe import Recipe

__all__ = ["SearchCache"]

#: Part of the file's name: another layout gets another file.
_LAYOUT = 3
#: How long an answer counts, in seconds: 30 days. The mission is over and its files are
#: final, but an archive's faults are not.
_LIFETIME_S = 30 * 86400.0

#: What a text that is no answer of ours may raise.
_NOT_READ = (KeyError, TypeError, ValueError, RecursionError)
#: What an answer may say: numbers of sixteen digits, quarters 0 to 17 with as many files as an
#: observation id can count, and separations in arcsec.
_LARGEST_NUMBER = 10**16 - 1
_NUMBER_KEY = re.compile(r"(?:kic|epic|tic)\d+", re.ASCII)
_LAST_QUARTER = 17
_MOST_UNLISTED = 9 * (_LAST_QUARTER + 1)
_FULL_TURN = 360 * 3600.0


class SearchCache:
    """One archive's answers by what was asked for and target; only those that found files are kept.

    That nothing was found is never kept: collections have vanished from MAST's search
    for a day (https://github.com/lightkurve/lightkurve/issues/1355).

    Parameters
    ----------
    folder : Path
        Made if absent.
    archive : str
        Tells this archive's answers from those of others in the same folder.
    clock : callable
        Seconds since 1970.
    """

    def __init__(self, folder: Path, archive: str, clock: Callable[[], float] = time.time) -> None:
        path = folder / f"search-v{_LAYOUT}.sqlite"
        self._file = AnswerFile(path, archive, _LIFETIME_S, clock)

    def stars(self, recipe: Recipe, keys: Iterable[str]) -> dict[str, StarFiles]:
        """Return what is known of some targets, by their keys."""
        decoded = (
            (key, _decode_star(answer, key, recipe))
            for key, answer in self._file.answers(_question(recipe), keys).items()
        )
        return {key: star for key, star in decoded if star is not None}

    def store_stars(self, recipe: Recipe, stars: Mapping[str, StarFiles]) -> None:
        """Keep answers, by the keys of their targets."""
        self._store(_question(recipe), {key: _encode_star(star) for key, star in stars.items()})

    def holdings(self, recipe: Recipe, prefix: str) -> list[int] | None:
        """Return the stars found under a name prefix, if they are known."""
        answers = self._file.answers(_question(recipe), [f"holdings:{prefix}"])
        return next((_decode_numbers(answer) for answer in answers.values()), None)

    def store_holdings(self, recipe: Recipe, prefix: str, numbers: list[int]) -> None:
        """Keep the stars found under a name prefix."""
        self._store(_question(recipe), {f"holdings:{prefix}": {"numbers": numbers}})

    def close(self) -> None:
        """Close the file; afterwards nothing is known or kept."""
        self._file.close()

    def _store(self, question: str, answers: Mapping[str, Any]) -> None:
        self._file.store(question, {key: json.dumps(a) for key, a in answers.items()})


def _question(recipe: Recipe) -> str:
    """Return what an answer depends on, besides the target."""
    parts = (recipe.mission_name, recipe.author, recipe.cadence, recipe.sequence_numbers)
    # Some fluxes are in some of an author's files only.
    return "/".join((*parts, recipe.flux))


def _encode_star(star: StarFiles) -> dict[str, Any]:
    return {
        "number": star.number,
        "author": star.author,
        "cadence": star.cadence,
        "files": [[product.file_name, product.uri] for product in star.products],
        "left_out": [[product.file_name, product.uri] for product in star.left_out],
        "unlisted_quarters": list(star.unlisted_numbers),
        "separation_arcsec": star.separation_arcsec,
    }


def _decode_star(text: str, key: str, recipe: Recipe) -> StarFiles | None:
    """Return the star of an answer; None if it is not sound, so that it is asked for again."""
    try:
        answer = json.loads(text)
        star = StarFiles(
            answer["number"],
            tuple(_product(entry, answer["number"]) for entry in answer["files"]),
            answer["author"],
            answer["cadence"],
            tuple(answer["unlisted_quarters"]),
            answer["separation_arcsec"],
            tuple(_product(entry, answer["number"]) for entry in answer["left_out"]),
        )
    except _NOT_READ:
        return None
    return star if _is_sound(star, key, recipe) else None


def _product(entry: list[str], number: int) -> Product:
    name, uri = entry
    product = parse_file_name(name, number)
    if product is None or not isinstance(uri, str):
        raise ValueError(name)
    return replace(product, uri=uri)


def _is_sound(star: StarFiles, key: str, recipe: Recipe) -> bool:
    kinds = {(author.name, cadence) for author, cadence in recipe.candidates}
    own_key = f"{recipe.mission.catalog.lower()}{star.number}"
    files, unlisted = (*star.products, *star.left_out), star.unlisted_numbers
    separation = star.separation_arcsec
    return (
        _is_number(star.number)
        and (key == own_key or _NUMBER_KEY.fullmatch(key) is None)
        and (star.author, star.cadence) in kinds
        and len(files) == len(set(files))
        and all(
            (p.number, p.author, p.cadence) == (star.number, star.author, star.cadence)
            for p in files
        )
        and len(unlisted) <= _MOST_UNLISTED
        and all(type(quarter) is int and 0 <= quarter <= _LAST_QUARTER for quarter in unlisted)
        and (separation is None or (type(separation) is float and 0 <= separation < _FULL_TURN))
    )


def _decode_numbers(text: str) -> list[int] | None:
    try:
        numbers = json.loads(text)["numbers"]
    except _NOT_READ:
        return None
    is_sound = (
        isinstance(numbers, list)
        and all(map(_is_number, numbers))
        and numbers == sorted(set(numbers))
    )
    return numbers if is_sound else None


def _is_number(value: object) -> bool:
    return type(value) is int and 0 < value <= _LARGEST_NUMBER
