"""Recognize a light curve by its headers, if its name does not say what it is."""

from __future__ import annotations

from collections.abc import Iterator

from preprocessing.core.errors import CorruptProduct, ProductError
from preprocessing.fits.foreign_file import is_marked
from preprocessing.fits.format import CARD, HeaderCards, read_hdu
from preprocessing.fits.product_identity import verify_identity
from preprocessing.missions import MISSIONS, Author, Mission, Product
from preprocessing.missions.file_layout import FileLayout

__all__ = ["identify", "is_fits", "light_curve_headers", "star_in_header"]

_BEGINNING = b"SIMPLE  ="


def is_fits(head: bytes) -> bool:
    """Tell from its first bytes whether a file is a FITS file."""
    return head.startswith(_BEGINNING)


def light_curve_headers(head: bytes) -> tuple[HeaderCards, HeaderCards] | None:
    """Return the headers of a light curve: the primary one, and that of its table.

    Parameters
    ----------
    head : bytes
        The beginning of a file, with both headers.

    Returns
    -------
    tuple of HeaderCards, or None
        None if the file is no light curve of a mission: other products, stitched outputs, and
        whatever else has a FITS file's name.

    Raises
    ------
    CorruptProduct
        The file is about a star of a mission, and its headers are damaged or cut off.
    """
    if not is_fits(head) or is_marked(head) or not _is_about_star(head):
        return None
    primary = read_hdu(head, 0)
    table = read_hdu(head, primary.end).header
    names = {
        author.layout.table
        for mission in MISSIONS.values()
        if mission.number_keyword in primary.header
        for author in mission.authors
        if author.layout is not None and author.layout.table is not None
    }
    return (primary.header, table) if table.get("EXTNAME") in names else None


def _is_about_star(head: bytes) -> bool:
    cards = tuple(f"{mission.number_keyword:8}=".encode() for mission in MISSIONS.values())
    return any(head.startswith(cards, start) for start in range(0, len(head), CARD))


def star_in_header(head: bytes, author: Author, mission: Mission) -> int:
    """Return the number of the star that a file is about, or 0 if its header does not say.

    Parameters
    ----------
    head : bytes
        The beginning of the file, with the primary header.
    author : Author
        The file's author.
    mission : Mission
        The mission that observed the star.
    """
    keyword = None if author.layout is None else author.layout.number_keyword
    try:
        number = read_hdu(head, 0).header.get(keyword or mission.number_keyword)
    except CorruptProduct:
        return 0
    text = str(number).strip()
    is_number = text.isascii() and text.isdecimal() and len(text) <= mission.catalog_digits
    return int(text) if is_number else 0


def identify(primary: HeaderCards, table: HeaderCards) -> Product | None:
    """Return the file that headers describe, or None if they do not tell which it is.

    Parameters
    ----------
    primary, table : HeaderCards
        The primary header, and that of the light curve's table.
    """
    for product in _possible_files(primary, table):
        try:
            verify_identity(primary, table, product)
        except ProductError:
            continue
        return product
    return None


def _possible_files(primary: HeaderCards, table: HeaderCards) -> Iterator[Product]:
    for mission in MISSIONS.values():
        try:
            number = primary.integer(mission.number_keyword)
            sequence_number = primary.integer(mission.sequence_keyword)
        except CorruptProduct:
            continue
        for author in mission.authors:
            if author.files_in is not None and _is_alike(table, author.layout):
                yield from author.files_in(number, sequence_number)


def _is_alike(table: HeaderCards, layout: FileLayout | None) -> bool:
    """Tell whether a table has the name, the time and a flux of an author's light curves."""
    if layout is None or table.get("EXTNAME") != layout.table:
        return False
    columns = {table.get(f"TTYPE{number}") for number in range(1, table.integer("TFIELDS") + 1)}
    return layout.time in columns and any(f.flux in columns for f in layout.fluxes.values())
