"""Faults of files: corrupt bytes, or another file sent instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import wraps

from preprocessing.core.errors import CorruptProduct
from preprocessing.fits.format import BLOCK, Hdu, read_hdus
from preprocessing.missions import FAST, LONG, SHORT, Product, parse_file_name
from preprocessing.missions.star_keys import key_of_product
from preprocessing.simulator.answers import Answer
from preprocessing.simulator.faults.fault_context import FaultContext

__all__ = [
    "append_bytes",
    "flip",
    "flip_in_aperture",
    "flip_in_header",
    "flip_in_table",
    "other_month",
    "other_quarter",
    "other_star",
    "short_for_long",
    "swap_blocks",
    "zero_block",
]

#: Appended to a file that is sent with too many bytes: the start of an error page.
_SURPLUS = b"<html><body>Internal Server Error</body></html>\n"

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/\d+", re.ASCII)
#: How many random numbers are tried until the damage is in the range that is sent.
_TRIES = 64
#: Step from one number of 64 bits to the next (D. Knuth, "The Art of Computer Programming",
#: volume 3, section 6.4: multiplicative hashing by the golden ratio).
_STRIDE = 0x9E3779B97F4A7C15

Corruption = Callable[[Answer, FaultContext], Answer]


def _also_for_ranges(corrupt: Corruption) -> Corruption:
    """Make a function that corrupts whole files also work if only a range is sent."""

    @wraps(corrupt)
    def corrupt_range(answer: Answer, context: FaultContext) -> Answer:
        if answer.status != 206:
            return corrupt(answer, context)
        asked = parse_file_name(context.call.subject)
        match = _CONTENT_RANGE.fullmatch(answer.headers["Content-Range"])
        if asked is None or match is None:
            return answer
        whole = replace(answer, status=200, body=context.holdings.body(asked))
        part = slice(int(match[1]), int(match[2]) + 1)
        for attempt in range(_TRIES):
            number = (context.number + attempt * _STRIDE) % 2**64
            body = corrupt(whole, replace(context, number=number)).body[part]
            if len(body) == len(answer.body) and body != answer.body:
                return replace(answer, body=body)
        return answer

    return corrupt_range


def flip(answer: Answer, context: FaultContext) -> Answer:
    """Flip one bit anywhere in the file."""
    return _flip_within(answer, context.number, [range(len(answer.body))])


@_also_for_ranges
def flip_in_header(answer: Answer, context: FaultContext) -> Answer:
    """Flip one bit of a FITS header."""
    headers = [range(hdu.start, hdu.data_start) for hdu in _hdus(answer.body)]
    return _flip_within(answer, context.number, headers)


@_also_for_ranges
def flip_in_table(answer: Answer, context: FaultContext) -> Answer:
    """Flip one bit of the light-curve table's rows."""
    return _flip_within(answer, context.number, map(_data, _hdus(answer.body)[1:2]))


@_also_for_ranges
def flip_in_aperture(answer: Answer, context: FaultContext) -> Answer:
    """Flip one bit of the aperture image."""
    return _flip_within(answer, context.number, map(_data, _hdus(answer.body)[2:3]))


def zero_block(answer: Answer, context: FaultContext) -> Answer:
    """Replace one block of 2880 bytes by zeros."""
    body = answer.body
    starts = [s for s in range(0, len(body), BLOCK) if any(body[s : s + BLOCK])]
    if not starts:
        return answer
    start = starts[context.number % len(starts)]
    zeros = bytes(len(body[start : start + BLOCK]))
    return replace(answer, body=body[:start] + zeros + body[start + BLOCK :])


@_also_for_ranges
def swap_blocks(answer: Answer, context: FaultContext) -> Answer:
    """Swap two blocks of the light-curve table.

    The CHECKSUM still matches, since a sum does not depend on the order of its terms.
    """
    body = answer.body
    starts = [start for hdu in _hdus(body)[1:2] for start in _data(hdu)[::BLOCK]]
    if len(starts) < 2:
        return answer
    number, first = divmod(context.number, len(starts))
    second = (first + 1 + number % (len(starts) - 1)) % len(starts)
    a, b = sorted((starts[first], starts[second]))
    parts = (body[:a], body[b : b + BLOCK], body[a + BLOCK : b], body[a : a + BLOCK])
    return replace(answer, body=b"".join((*parts, body[b + BLOCK :])))


def append_bytes(answer: Answer, context: FaultContext) -> Answer:
    """Send more than the file; Content-Length agrees with what is sent."""
    if answer.status != 200:
        return answer
    body = answer.body + _SURPLUS
    return replace(answer, body=body, length=len(body))


def _time(product: Product) -> tuple[object, ...]:
    """Return what is equal in two files if their stars were observed together."""
    return (
        product.mission,
        product.author,
        product.cadence,
        product.sequence_number,
        product.month,
        product.stamp,
    )


@_also_for_ranges
def other_star(answer: Answer, context: FaultContext) -> Answer:
    """Send another star's file from the same time."""
    keys = context.holdings.star_keys()

    def same_time(asked: Product) -> list[Product]:
        for step in range(len(keys)):
            of_star = context.holdings.products(keys[(context.number + step) % len(keys)])
            others = [p for p in of_star if p.number != asked.number and _time(p) == _time(asked)]
            if others:
                return others[:1]
        return []

    return _instead(answer, context, same_time)


@_also_for_ranges
def other_quarter(answer: Answer, context: FaultContext) -> Answer:
    """Send the star's file of another quarter, campaign or sector, by the same author."""

    def other_times(asked: Product) -> list[Product]:
        return [
            p
            for p in context.holdings.products(key_of_product(asked))
            if (p.author, p.cadence) == (asked.author, asked.cadence)
            and p.sequence_number != asked.sequence_number
        ]

    return _instead(answer, context, other_times)


@_also_for_ranges
def other_month(answer: Answer, context: FaultContext) -> Answer:
    """Send the star's file of another month in the quarter (Kepler's short cadence)."""

    def other_times(asked: Product) -> list[Product]:
        if asked.month is None:
            return []
        files = context.holdings.products(key_of_product(asked))
        months = [
            p for p in files if (p.cadence, p.sequence_number) == (SHORT, asked.sequence_number)
        ]
        return [p for p in months if p != asked]

    return _instead(answer, context, other_times)


@_also_for_ranges
def short_for_long(answer: Answer, context: FaultContext) -> Answer:
    """Send a file of the star with a shorter cadence, from the same quarter if possible.

    For K2 and TESS too: short cadence instead of long, and fast cadence instead of short.
    """

    def shorter_files(asked: Product) -> list[Product]:
        wanted = {LONG: SHORT, SHORT: FAST}.get(asked.cadence)
        files = context.holdings.products(key_of_product(asked))
        shorter = [p for p in files if p.cadence == wanted]
        return [p for p in shorter if p.sequence_number == asked.sequence_number] or shorter

    return _instead(answer, context, shorter_files)


def _flip_within(answer: Answer, number: int, ranges: Iterable[range]) -> Answer:
    parts = list(ranges)
    size = sum(map(len, parts))
    if size == 0:
        return answer
    offset, bit = divmod(number % (8 * size), 8)
    for part in parts:
        if offset < len(part):
            break
        offset -= len(part)
    body = bytearray(answer.body)
    body[part[offset]] ^= 1 << bit
    return replace(answer, body=bytes(body))


def _hdus(body: bytes) -> list[Hdu]:
    """Return a file's HDUs; an empty list if it is not a FITS file."""
    try:
        return read_hdus(body)
    except CorruptProduct:
        return []


def _data(hdu: Hdu) -> range:
    return range(hdu.data_start, hdu.data_start + hdu.data_size)


def _instead(
    answer: Answer, context: FaultContext, candidates: Callable[[Product], Sequence[Product]]
) -> Answer:
    """Send another file; leave the answer unchanged if there is no candidate."""
    asked = parse_file_name(context.call.subject)
    found = candidates(asked) if asked is not None and answer.status == 200 else ()
    if not found:
        return answer
    body = context.holdings.body(found[context.number % len(found)])
    return replace(answer, body=body, length=len(body))
