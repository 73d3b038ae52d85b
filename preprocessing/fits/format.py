"""The FITS format as bytes: blocks, header cards, and the ones'-complement checksum."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from preprocessing.core.errors import CorruptProduct

__all__ = [
    "ALL_ONES",
    "BLOCK",
    "CARD",
    "CardValue",
    "Hdu",
    "HeaderCards",
    "checksummed_header",
    "encode_checksum",
    "format_card",
    "ones_complement_sum",
    "padded_size",
    "read_hdu",
    "read_hdus",
]

#: Bytes in a FITS block and in a header card (FITS standard 4.0, section 3.1).
BLOCK = 2880
CARD = 80
#: Sum over an HDU with a correct CHECKSUM (FITS standard 4.0, section 4.4.2.7).
ALL_ONES = 0xFFFFFFFF

#: Limits against hostile or broken headers; mission files need 161 cards and 3 HDUs.
_MAX_HEADER_BLOCKS = 100
_MAX_HDUS = 64
_MAX_AXES = 999
#: Limit for an axis in elements and for the heap in bytes; no file is as large.
_LONGEST_AXIS = 2**40

#: The keyword in a card.
_KEYWORD = struct.Struct(f"8s{CARD - 8}x")
#: Keywords that a header may repeat (FITS standard 4.0, section 4.4.2.4).
_COMMENTARY = (b" " * 8, b"COMMENT ", b"HISTORY ")
#: The start of a card with a keyword of more than eight characters.
_HIERARCH = b"HIERARCH"
_PRINTABLE = bytes(range(ord(" "), ord("~") + 1))

CardValue = str | bool | int | float | None

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([EeDd][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)


class HeaderCards:
    """The cards of one header, with values parsed on request.

    Supports what mission files need, at a tenth of the cost of `astropy.io.fits.Header`: short
    keywords with a fixed-format or free-format value. Of a repeated keyword, the first counts.

    Parameters
    ----------
    raw : bytes
        The header from its first card up to, but not including, the END card.
    """

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._names = [name for (name,) in _KEYWORD.iter_unpack(raw)]
        # From the last card to the first, so that the first card of a keyword wins.
        offsets = reversed(range(0, len(raw), CARD))
        self._offsets = dict(zip(reversed(self._names), offsets, strict=True))

    def __contains__(self, keyword: str) -> bool:
        return _padded(keyword) in self._offsets

    def card(self, keyword: str) -> bytes | None:
        """Return the 80 bytes of a keyword's card, or None if there is none."""
        start = self._offsets.get(_padded(keyword))
        return None if start is None else self._raw[start : start + CARD]

    def first_of(self, *prefixes: str) -> str | None:
        """Return the first keyword that starts with one of the prefixes, or None."""
        sought = tuple(prefix.encode("ascii") for prefix in prefixes)
        # Search all names at once, since almost no header has such a keyword.
        if not any(map(b"".join(self._names).__contains__, sought)):
            return None
        found = (name for name in self._names if name.startswith(sought))
        return next((name.decode("ascii").rstrip() for name in found), None)

    def verify(self, may_repeat: Collection[str] = ()) -> None:
        """Make sure that all FITS readers read the same from the header.

        Parameters
        ----------
        may_repeat : collection of str, optional
            Keywords that may be repeated; all readers take the first card.

        Raises
        ------
        CorruptProduct
            The header has characters that are not allowed, a keyword in lower case or twice, a
            string continued on another card, or the mandatory cards out of order.

        Notes
        -----
        FITS standard 4.0, sections 4.1.2 and 4.4.1. No mission file has a continued string.
        """
        if self._raw.translate(None, _PRINTABLE):
            raise CorruptProduct("a header holds a character that is not printable ASCII")
        if not b"".join(self._names).isupper():
            raise CorruptProduct("a header has a keyword in lower case")
        allowed = {*_COMMENTARY, *map(_padded, may_repeat)}.intersection(self._offsets)
        repeated = sum(self._names.count(name) - 1 for name in allowed)
        if len(self._names) - len(self._offsets) != repeated:
            raise CorruptProduct("a header has a keyword twice")
        if "CONTINUE" in self:
            raise CorruptProduct("a header has a string that goes on in another card")
        axes = map("NAXIS{}".format, range(1, self.integer("NAXIS") + 1))
        ends = ("PCOUNT", "GCOUNT") if "XTENSION" in self else ()
        first = list(map(_padded, ("BITPIX", "NAXIS", *axes, *ends)))
        if self._names[1 : 1 + len(first)] != first:
            raise CorruptProduct("the first cards of a header are not those that must be")

    def get(self, keyword: str, default: CardValue = None) -> CardValue:
        """Return a keyword's value: None if it is undefined, `default` if there is no card.

        Raises
        ------
        CorruptProduct
            The card cannot be read.
        """
        card = self.card(keyword)
        return default if card is None else _card_value(card)

    def values(self) -> dict[str, CardValue]:
        """Return every keyword's value; None where it is undefined.

        Commentary cards are left out. Long keywords from HIERARCH cards appear without the
        word HIERARCH.

        Raises
        ------
        CorruptProduct
            A card cannot be read.
        """
        values: dict[str, CardValue] = {}
        for start in range(0, len(self._raw), CARD):
            card = self._raw[start : start + CARD]
            name = card[:8]
            if name in _COMMENTARY:
                continue
            if name == _HIERARCH:
                name, equals, value = card[9:].partition(b"= ")
                card = b" " * 8 + equals + value
            values.setdefault(name.decode("ascii", "replace").rstrip(), _card_value(card))
        return values

    def integer(self, keyword: str) -> int:
        """Return the value of a keyword that must be an integer.

        Raises
        ------
        CorruptProduct
            The card is absent, cannot be read, or has a value of another type.
        """
        value = self.get(keyword)
        # To Python a bool is an int; to FITS it is not.
        if type(value) is not int:
            raise CorruptProduct(f"header card {keyword} is {value!r}, not an integer")
        return value

    def text(self, keyword: str) -> str:
        """Return the value of a keyword that must be a string.

        Raises
        ------
        CorruptProduct
            The card is absent, cannot be read, or has a value of another type.
        """
        value = self.get(keyword)
        if not isinstance(value, str):
            raise CorruptProduct(f"header card {keyword} is {value!r}, not a string")
        return value


@dataclass(frozen=True)
class Hdu:
    """Where one header and data unit (HDU) is in a file.

    Parameters
    ----------
    header : HeaderCards
        The header's cards.
    start : int
        Offset of the header in bytes.
    data_start : int
        Offset of the data in bytes.
    data_size : int
        Bytes of data without padding.
    """

    header: HeaderCards
    start: int
    data_start: int
    data_size: int

    @property
    def end(self) -> int:
        """Offset of the first byte after the padded data."""
        return self.data_start + padded_size(self.data_size)


@lru_cache(maxsize=1024)
def _padded(keyword: str) -> bytes:
    return keyword.ljust(8).encode("ascii")


def padded_size(size: int) -> int:
    """Return a size in bytes, rounded up to whole blocks.

    Parameters
    ----------
    size : int
        Bytes without padding.

    Examples
    --------
    >>> padded_size(1), padded_size(2880), padded_size(2881)
    (2880, 2880, 5760)
    """
    return -(-size // BLOCK) * BLOCK


def read_hdus(body: bytes) -> list[Hdu]:
    """Find every header and data unit of a file held in memory.

    Parameters
    ----------
    body : bytes
        The whole file.

    Returns
    -------
    list of Hdu
        The units in the order of the file.

    Raises
    ------
    CorruptProduct
        The bytes are not a FITS file, or the file does not end where its last unit ends.
    """
    if not body.startswith(b"SIMPLE  ="):
        raise CorruptProduct(f"not a FITS file: begins with {body[:16]!r}" if body else "no bytes")
    if len(body) % BLOCK:
        raise CorruptProduct(f"{len(body)} bytes are not a whole number of {BLOCK}-byte blocks")
    hdus = list(_iterate_hdus(body))
    if hdus[-1].end != len(body):
        raise CorruptProduct(f"{len(body)} bytes where the headers announce {hdus[-1].end}")
    return hdus


def ones_complement_sum(data: bytes | memoryview, start: int = 0) -> int:
    """Add up 32-bit big-endian words in ones'-complement arithmetic.

    Parameters
    ----------
    data : bytes-like
        The words; its length is a multiple of four.
    start : int
        A sum to continue, so that data can be added piece by piece.

    Notes
    -----
    FITS standard 4.0, section 4.4.2.7 and appendix J.

    Examples
    --------
    >>> hex(ones_complement_sum(bytes.fromhex("ffffffff00000001")))
    '0x1'
    """
    total = start + int(np.frombuffer(data, dtype=">u4").sum(dtype=np.uint64))
    while total > ALL_ONES:
        total = (total & ALL_ONES) + (total >> 32)
    return total


def encode_checksum(total: int) -> str:
    """Encode the complement of a sum as the 16 characters of a CHECKSUM card.

    Parameters
    ----------
    total : int
        Ones'-complement sum over the HDU with CHECKSUM set to ``'0' * 16``.

    Notes
    -----
    The value makes the HDU's sum all ones. This is the algorithm in appendix J.3 of the FITS
    standard 4.0: each byte is spread over four characters, two of which are shifted against
    each other while one is punctuation.
    """
    complement = ALL_ONES - total
    characters = [[0] * 4 for _ in range(4)]
    for position in range(4):
        byte = (complement >> (24 - 8 * position)) & 0xFF
        quotient, remainder = divmod(byte, 4)
        quarter = [quotient + ord("0")] * 4
        quarter[0] += remainder
        while any(_is_punctuation(c) for c in quarter):
            for first in (0, 2):
                if _is_punctuation(quarter[first]) or _is_punctuation(quarter[first + 1]):
                    quarter[first] += 1
                    quarter[first + 1] -= 1
        for copy, character in enumerate(quarter):
            characters[copy][position] = character
    flat = [c for copy in characters for c in copy]
    # In the card, the value starts one byte off a word boundary, hence the rotation.
    return bytes(flat[-1:] + flat[:-1]).decode("ascii")


def format_card(keyword: str, value: CardValue, comment: str = "") -> bytes:
    """Return one header card.

    Parameters
    ----------
    keyword : str
        Up to eight characters; a longer keyword becomes a HIERARCH card.
    value : str, bool, int, float or None
        None, or a float that is not finite, is written as undefined.
    comment : str
        Cut off at the end of the card.

    Raises
    ------
    ValueError
        The value does not fit into a card, or is not printable ASCII.

    Examples
    --------
    >>> format_card("KEPLERID", 757076, "star").decode().rstrip()
    'KEPLERID=               757076 / star'
    """
    name = f"{keyword:8}" if len(keyword) <= 8 else f"HIERARCH {keyword} "
    card = f"{name}= {_format_value(value)}"
    if len(card) > CARD or not card.isascii() or not card.isprintable():
        raise ValueError(f"{keyword} = {value!r} cannot be written as a header card")
    if comment:
        card = f"{card} / {comment}"[:CARD]
    return card.ljust(CARD).encode("ascii")


def checksummed_header(cards: Sequence[bytes], data_sum: int) -> bytes:
    """Return a header with DATASUM, CHECKSUM and END, padded to whole blocks.

    Parameters
    ----------
    cards : sequence of bytes
        Cards of 80 bytes each.
    data_sum : int
        Ones'-complement sum of the HDU's data.
    """
    # No time of writing, which the standard suggests: equal contents must give equal bytes.
    head = [*cards, format_card("DATASUM", str(data_sum), "sum of the data")]
    blank = _pad_header([*head, format_card("CHECKSUM", "0" * 16, "sum of the HDU")])
    checksum = encode_checksum(ones_complement_sum(blank, data_sum))
    return _pad_header([*head, format_card("CHECKSUM", checksum, "sum of the HDU")])


def _pad_header(cards: Sequence[bytes]) -> bytes:
    header = b"".join((*cards, b"END".ljust(CARD)))
    return header.ljust(padded_size(len(header)))


def _format_value(value: CardValue) -> str:
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted:8}'".ljust(20)
    if isinstance(value, bool):
        return f"{'T' if value else 'F':>20}"
    if isinstance(value, int):
        return f"{value:>20}"
    if value is None or not math.isfinite(value):
        return " " * 20
    return f"{repr(float(value)).upper():>20}"


def _iterate_hdus(body: bytes) -> Iterator[Hdu]:
    start = 0
    for _ in range(_MAX_HDUS):
        hdu = read_hdu(body, start)
        if hdu.end > len(body):
            raise CorruptProduct(f"ends at byte {len(body)}, before the {hdu.end} announced")
        yield hdu
        start = hdu.end
        if start == len(body):
            return
    raise CorruptProduct(f"more than {_MAX_HDUS} header and data units")


def read_hdu(body: bytes, start: int) -> Hdu:
    """Find the header and data unit that starts at an offset.

    Parameters
    ----------
    body : bytes
        A file, or at least the part with the header; the data may be missing.
    start : int
        Offset of the header in bytes.

    Raises
    ------
    CorruptProduct
        No header starts there, or it cannot be read.
    """
    if start and body[start : start + 9] != b"XTENSION=":
        raise CorruptProduct(f"no extension begins at byte {start}")
    end_card = _find_end_card(body, start)
    header = HeaderCards(body[start:end_card])
    return Hdu(header, start, start + padded_size(end_card + CARD - start), _data_size(header))


def _find_end_card(body: bytes, start: int) -> int:
    end_card = b"END" + b" " * 77
    limit = min(len(body), start + _MAX_HEADER_BLOCKS * BLOCK)
    position = body.find(end_card, start, limit)
    while position >= 0 and (position - start) % CARD:
        position = body.find(end_card, position + 1, limit)
    if position < 0:
        raise CorruptProduct(f"the header at byte {start} has no END card")
    return position


def _data_size(header: HeaderCards) -> int:
    axes = header.integer("NAXIS")
    if not 0 <= axes <= _MAX_AXES:
        raise CorruptProduct(f"NAXIS is {axes}")
    bits = header.integer("BITPIX")
    if bits not in (8, 16, 32, 64, -32, -64):
        raise CorruptProduct(f"BITPIX is {bits}")
    if axes == 0:
        return 0
    elements = 1
    for axis in range(1, axes + 1):
        length = header.integer(f"NAXIS{axis}")
        # Limit the product too: with hundreds of axes it would have thousands of digits.
        elements *= length
        if not 0 <= length <= _LONGEST_AXIS or elements > _LONGEST_AXIS:
            raise CorruptProduct(f"NAXIS{axis} is {length}")
    heap = header.integer("PCOUNT") if "PCOUNT" in header else 0
    groups = header.integer("GCOUNT") if "GCOUNT" in header else 1
    if not 0 <= heap <= _LONGEST_AXIS or groups != 1:
        raise CorruptProduct(f"PCOUNT is {heap}, GCOUNT is {groups}")
    return abs(bits) // 8 * (elements + heap)


@lru_cache(maxsize=1024)  # A star's files have most cards in common.
def _card_value(card: bytes) -> CardValue:
    if card[8:10] != b"= ":
        raise CorruptProduct(f"header card without a value: {card[:30]!r}")
    try:
        text = card[10:].decode("ascii")
    except UnicodeDecodeError as error:
        raise CorruptProduct(f"header card is not ASCII: {card[:30]!r}") from error
    if not text.isprintable():
        raise CorruptProduct(f"header card is not printable: {card[:30]!r}")
    stripped = text.lstrip()
    if stripped.startswith("'"):
        return _string_value(stripped, card)
    word = stripped.split("/", 1)[0].strip()
    if word == "":
        return None
    if word in ("T", "F"):
        return word == "T"
    if _INTEGER.fullmatch(word):
        return int(word)
    if _NUMBER.fullmatch(word):
        return float(word.upper().replace("D", "E"))
    raise CorruptProduct(f"header card cannot be read: {card[:30]!r}")


def _string_value(text: str, card: bytes) -> str:
    end = 1
    while True:
        end = text.find("'", end)
        if end < 0:
            raise CorruptProduct(f"header card with an open string: {card[:30]!r}")
        if text[end + 1 : end + 2] != "'":
            if text[end + 1 :].lstrip()[:1] not in ("", "/"):
                raise CorruptProduct(f"header card with more than a string: {card[:30]!r}")
            # Trailing blanks are not significant (FITS standard 4.0, section 4.2.1.1).
            return text[1:end].replace("''", "'").rstrip()
        end += 2


def _is_punctuation(character: int) -> bool:
    return ord(":") <= character <= ord("@") or ord("[") <= character <= ord("`")
