"""Which star a file belongs to: names, addresses and folders in scripts and lists of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from preprocessing.core.product import Product
from preprocessing.missions.catalog_numbers import is_usual_number
from preprocessing.missions.mission import Mission
from preprocessing.missions.recipe import target_of_output
from preprocessing.missions.registry import derived, mission_of, parse_file_name
from preprocessing.missions.targets import parse_target

__all__ = ["products_in", "star_in", "stars_in"]

#: What separates the words of a command, and the parts of an address.
_BETWEEN_WORDS = re.compile(r"[\s\"'`<>=?&,;|()\[\]]+")
#: Endings of a light curve's name in a folder or a bundle.
_OF_FILES = frozenset("_./-")
_PACKED = ".gz"
_OUTPUT = ".fits"


def products_in(line: str) -> Iterator[Product]:
    """Yield the light curves that a line names, each once.

    Parameters
    ----------
    line : str
        A line of a script or a list: a file's name, its path or address, or a command with them.

    Examples
    --------
    >>> line = "curl -o kplr000757076-2009131105131_llc.fits https://host/x?uri=mast:KEPLER/y"
    >>> [product.label for product in products_in(line)]
    ['Q0']
    """
    found: dict[Product, None] = {}
    for word in _words(line):
        product = parse_file_name(word.rpartition("/")[2].removesuffix(_PACKED))
        if product is not None:
            found.setdefault(product)
    yield from found


def star_in(line: str) -> str | None:
    """Return the first star whose file or folder a line names, or None if it names none.

    Parameters
    ----------
    line : str
        See `products_in`.

    Examples
    --------
    >>> star_in("wget -r https://host/missions/kepler/lightcurves/0086/008644288/")
    'KIC 8644288'
    >>> star_in("kplr008644288-2009131105131_lpd-targ.fits.gz")
    'KIC 8644288'
    >>> star_in("data/raw/TIC_25155310_qlp.fits")
    'TIC 25155310'
    >>> star_in("KIC 8644288") is None
    True
    """
    return next(stars_in(line), None)


def stars_in(line: str) -> Iterator[str]:
    """Yield the stars whose files or folders a line names, each once.

    Parameters
    ----------
    line : str
        See `products_in`.

    Examples
    --------
    >>> list(stars_in("cp kplr008644288-2009131105131_llc.fits KIC_6462863.fits stars/"))
    ['KIC 8644288', 'KIC 6462863']
    """
    # A short cut: one of these is in every name and path of a file, and in no number.
    if _OF_FILES.isdisjoint(line):
        return
    found: set[str] = set()
    for word in _words(line):
        name = word.rpartition("/")[2]
        star = _star_of_file(name) or _star_of_folder(word.rstrip("/"))
        if star is None and name.isupper():
            # Some file systems have capital letters alone.
            star = _star_of_file(name.lower())
        if star is not None and star not in found:
            found.add(star)
            yield star


def _words(line: str) -> Iterator[str]:
    text = unquote(line) if "%" in line else line
    yield from filter(None, _BETWEEN_WORDS.split(text.replace("\\", "/")))


@derived
def _own_files(missions: tuple[Mission, ...]) -> list[tuple[re.Pattern[str], str]]:
    return [(m.any_file, m.catalog) for m in missions if m.any_file is not None]


@derived
def _folders(missions: tuple[Mission, ...]) -> list[tuple[Callable[[int], str], Mission]]:
    """Return what gives the folder of a star's number, and the mission of such numbers."""
    return [
        (author.archive_layout.folder, mission)
        for mission in missions
        for author in mission.authors
        if author.archive_layout is not None and author.archive_layout.folder is not None
    ]


def _star_of_file(name: str) -> str | None:
    product = parse_file_name(name.removesuffix(_PACKED))
    if product is not None:
        return f"{mission_of(product).catalog} {product.number}"
    for pattern, catalog in _own_files():
        match = pattern.match(name)
        if match is not None and int(match[1]):
            return f"{catalog} {int(match[1])}"
    if name.endswith(_OUTPUT):
        target = parse_target(target_of_output(name.removesuffix(_OUTPUT)))
        is_named = target.number is not None and name.lower().startswith(target.catalog.lower())
        return f"{target.catalog} {target.number}" if is_named else None
    return None


def _star_of_folder(path: str) -> str | None:
    """Return the star whose folder in an archive a path is."""
    parts = path.split("/")
    if len(parts) < 2 or not parts[-1].isdecimal():
        return None
    for folder, mission in _folders():
        depth = folder(0).count("/") + 1
        tail = parts[-depth:]
        digits = "".join(tail)
        if len(tail) < depth or not digits.isdecimal():
            continue
        # The folders hold the number's digits: all of them in the last, one part each, or a part
        # each with zeros behind the first.
        for number in (int(tail[-1]), int(digits), int(tail[0][:4] + tail[-1])):
            # Authors of several missions divide their stars alike.
            is_likely = number > 0 and is_usual_number(number, mission)
            if is_likely and folder(number) == "/".join(tail):
                # A folder of many stars names none.
                is_of_many = folder(number) == folder(number + 1)
                return None if is_of_many else f"{mission.catalog} {number}"
    return None
