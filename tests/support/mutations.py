"""Damage a mission file the way faults, and people who know its format, would."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from preprocessing.core.errors import CorruptProduct
from preprocessing.fits.format import (
    BLOCK,
    CARD,
    Hdu,
    encode_checksum,
    ones_complement_sum,
    padded_size,
    read_hdus,
)

__all__ = ["KINDS", "Mutant", "mutate", "repair_checksums"]

#: Cards that say how the rest of a file is to be read, or whose it is: met more often.
_STRUCTURE = (
    b"SIMPLE  XTENSIONBITPIX  NAXIS   NAXIS1  NAXIS2  PCOUNT  GCOUNT  TFIELDS EXTNAME "
    b"TTYPE1  TFORM1  TTYPE4  TFORM4  TTYPE8  TFORM8  TTYPE10 TFORM10 KEPLERIDQUARTER "
    b"OBSMODE BJDREFI TSTART  TSTOP   CHECKSUMPROCVER TICID   SECTOR  CAMPAIGNTIMEDEL "
)
#: Cards that change how columns are read, and are in no light-curve file of the mission.
_SCALING = tuple(
    f"{name}{number}"
    for name in ("TSCAL", "TZERO", "TNULL", "TDIM", "TDISP", "THEAP", "TTYPE", "TFORM")
    for number in (1, 2, 4, 8, 10)
)
#: What stands behind ``= `` in a card, sound or not.
_VALUES = (
    *("T", "F", "0", "1", "-1", "+1", "2", "3", "7", "20", "99", "100", "999", "1000", "2880"),
    *("2147483647", "2147483648", str(2**32 + 1), str(2**40), str(2**63), str(2**64), "9" * 60),
    *("1.0", "1.5", "1E0", "1D0", "1E400", "-1E400", "-0.0", "1E-320", "NaN", "INF", "-INF"),
    *("", "/", "/ only a comment", "1 2", "1,2", "(1.0, 2.0)", "0x10", "1_000", "\u0663", "''"),
    *("'", "'open", "'D       '", "'1D      '", "'E       '", "'J       '", "'20A     '"),
    *("'2E      '", "'0D      '", "'-1D     '", "'P       '", "'1PE(9)  '", "'1QE(9)  '"),
    *("'X       '", "'M       '", "'TIME    '", "'time    '", "'CADENCENO'", "'PDCSAP_FLUX'"),
    *("'IMAGE   '", "'BINTABLE'", "'TABLE   '", "'LIGHTCURVE'", "'APERTURE'", "'=1+1    '"),
    *("'(2,2)   '", "'../../x '", "'it''s   '", "'more&'", "'\x1b[2J   '", "'\xe9'", "'\x00'"),
)
_CELLS = (
    *(struct.pack(">d", x) for x in (0.0, -1.0, float("nan"), float("inf"), 1e308, 5e-324)),
    *(struct.pack(">i", x) for x in (0, 1, -1, 2**31 - 1, -(2**31))),
    *(struct.pack(">f", x) for x in (float("nan"), float("-inf"), 3e38)),
)


@dataclass(frozen=True)
class Mutant:
    """A damaged file.

    Parameters
    ----------
    kinds : tuple of str
        What was done to it, of `KINDS`, in order.
    body : bytes
    is_repaired : bool
        Whether every CHECKSUM was made right again, as an attacker would.
    keeps_rows : bool
        Whether nothing was done but move, lose or repeat rows and blocks: whoever accepts
        it must have found the original's rows in it.
    """

    kinds: tuple[str, ...]
    body: bytes
    is_repaired: bool
    keeps_rows: bool


def mutate(body: bytes, random: Random) -> Mutant:
    """Return a sound file with one to three things wrong with it.

    Parameters
    ----------
    body : bytes
        Of a file that can be read.
    random : Random
        Makes every choice, so that a seed makes the same file again.
    """
    kinds: list[str] = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        try:
            hdus = read_hdus(body)
        except CorruptProduct:
            # It cannot be taken apart any more.
            break
        kind = random.choice(tuple(KINDS))
        body = KINDS[kind](body, hdus, random)
        kinds.append(kind)
    is_repaired = random.random() < 0.6
    if is_repaired:
        body = repair_checksums(body)
    return Mutant(tuple(kinds), body, is_repaired, set(kinds) <= _MOVING.keys())


def repair_checksums(body: bytes) -> bytes:
    """Return a file with each CHECKSUM made right, as far as its HDUs can be found."""
    try:
        hdus = read_hdus(body)
    except CorruptProduct:
        return body
    repaired = bytearray(body)
    for hdu in hdus:
        place = repaired.find(b"CHECKSUM= '", hdu.start, hdu.data_start)
        value = slice(place + 11, place + 27)
        if place < 0 or (place - hdu.start) % CARD:
            continue
        repaired[value] = b"0" * 16
        total = ones_complement_sum(memoryview(repaired)[hdu.start : hdu.end])
        repaired[value] = encode_checksum(total).encode("ascii")
    return bytes(repaired)


def _cards(body: bytes, hdu: Hdu) -> list[bytes]:
    """Return the cards of a header, its END and padding left out."""
    header = body[hdu.start : hdu.data_start]
    cards = [header[place : place + CARD] for place in range(0, len(header), CARD)]
    return cards[: cards.index(b"END".ljust(CARD))]


def _with_cards(body: bytes, hdu: Hdu, cards: Sequence[bytes]) -> bytes:
    header = b"".join(cards) + b"END".ljust(CARD)
    return body[: hdu.start] + header.ljust(padded_size(len(header))) + body[hdu.data_start :]


def _pick_card(cards: Sequence[bytes], random: Random) -> int:
    likely = [n for n, card in enumerate(cards) if card[:8] in _STRUCTURE]
    return random.choice(likely if likely and random.random() < 0.7 else range(len(cards)))


def _card_value(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = random.choice(hdus)
    cards = _cards(body, hdu)
    number = _pick_card(cards, random)
    value = random.choice(_VALUES).encode("utf-8")
    cards[number] = (cards[number][:8] + b"= " + value).ljust(CARD)[:CARD]
    return _with_cards(body, hdu, cards)


def _card_keyword(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = random.choice(hdus)
    cards = _cards(body, hdu)
    number, other = _pick_card(cards, random), _pick_card(cards, random)
    keyword = random.choice((cards[other][:8], b"COMMENT ", b"CONTINUE", b"naxis   ", b"\xff" * 8))
    cards[number] = keyword + cards[number][8:]
    return _with_cards(body, hdu, cards)


def _card_duplicated(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = random.choice(hdus)
    cards = _cards(body, hdu)
    number = _pick_card(cards, random)
    value = random.choice(_VALUES).encode("utf-8")
    copy = (cards[number][:8] + b"= " + value).ljust(CARD)[:CARD]
    cards.insert(random.randrange(len(cards) + 1), copy)
    return _with_cards(body, hdu, cards)


def _card_removed(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = random.choice(hdus)
    cards = _cards(body, hdu)
    del cards[_pick_card(cards, random)]
    return _with_cards(body, hdu, cards)


def _card_moved(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = random.choice(hdus)
    cards = _cards(body, hdu)
    card = cards.pop(_pick_card(cards, random))
    cards.insert(random.randrange(len(cards) + 1), card)
    return _with_cards(body, hdu, cards)


def _card_overlong(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    """Push everything behind a place in a header on, so that cards begin where none should."""
    hdu = random.choice(hdus)
    place = random.randrange(hdu.start, hdu.data_start)
    extra = bytes(random.choice(b" 'x/=0") for _ in range(random.choice((1, 2, 40, 79, 80))))
    moved = body[place : hdu.data_start] + b" " * BLOCK
    header = body[hdu.start : place] + extra + moved
    size = padded_size(hdu.data_start - hdu.start + random.choice((0, len(extra))))
    return body[: hdu.start] + header[:size].ljust(size) + body[hdu.data_start :]


def _card_bytes(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = random.choice(hdus)
    place = random.randrange(hdu.start, hdu.data_start)
    filler = bytes(random.randrange(256) for _ in range(random.randrange(1, 13)))
    return body[:place] + filler + body[place + len(filler) :]


def _card_continued(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    """Spread a string over two cards, as the standard's convention for long ones does."""
    hdu = random.choice(hdus)
    cards = _cards(body, hdu)
    number = _pick_card(cards, random)
    cards[number] = (cards[number][:8] + b"= 'begun &'").ljust(CARD)
    ends = (b"CONTINUE  'and ended'", b"CONTINUE  'and &'", b"CONTINUE  7", b"CONTINUE= 'x'")
    cards.insert(number + random.choice((0, 1)), random.choice(ends).ljust(CARD))
    return _with_cards(body, hdu, cards)


def _card_scaling(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = hdus[min(1, len(hdus) - 1)]
    cards = _cards(body, hdu)
    value = random.choice(_VALUES).encode("utf-8")
    card = f"{random.choice(_SCALING):8}= ".encode() + value
    cards.insert(random.randrange(len(cards) + 1), card.ljust(CARD)[:CARD])
    return _with_cards(body, hdu, cards)


def _header_grown(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = random.choice(hdus)
    cards = _cards(body, hdu)
    card = random.choice((b"COMMENT   more", b"HISTORY", b"X       = 1", b"")).ljust(CARD)
    return _with_cards(body, hdu, [*cards, *[card] * random.choice((1, 36, 500, 5000))])


def _end_removed(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = random.choice(hdus)
    place = hdu.start + CARD * len(_cards(body, hdu))
    return body[:place] + b" " * CARD + body[place + CARD :]


def _end_doubled(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = random.choice(hdus)
    cards = _cards(body, hdu)
    cards.insert(random.randrange(len(cards) + 1), b"END".ljust(CARD))
    return _with_cards(body, hdu, cards)


def _block(body: bytes, random: Random) -> slice:
    start = BLOCK * random.randrange(len(body) // BLOCK)
    return slice(start, start + BLOCK)


def _block_removed(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    gone = _block(body, random)
    return body[: gone.start] + body[gone.stop :]


def _block_inserted(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    copied, place = _block(body, random), _block(body, random)
    return body[: place.start] + body[copied] + body[place.start :]


def _block_repeated(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    copied, place = _block(body, random), _block(body, random)
    return body[: place.start] + body[copied] + body[place.stop :]


def _blocks_swapped(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    # Within one HDU the checksum stays as it was.
    hdu = random.choice(hdus)
    blocks = range(hdu.start, hdu.end, BLOCK)
    one, other = random.choice(blocks), random.choice(blocks)
    swapped = bytearray(body)
    swapped[one : one + BLOCK] = body[other : other + BLOCK]
    swapped[other : other + BLOCK] = body[one : one + BLOCK]
    return bytes(swapped)


def _block_overwritten(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    gone = _block(body, random)
    filler = random.choice((b"\0", b"\xff", b" ", b"\x7f"))
    return body[: gone.start] + filler * BLOCK + body[gone.stop :]


def _row(body: bytes, hdus: list[Hdu], random: Random) -> slice | None:
    table = hdus[min(1, len(hdus) - 1)]
    width = table.header.get("NAXIS1")
    if not isinstance(width, int) or not 0 < width <= table.data_size:
        return None
    start = table.data_start + width * random.randrange(table.data_size // width)
    return slice(start, start + width)


def _rows_swapped(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    one, other = _row(body, hdus, random), _row(body, hdus, random)
    if one is None or other is None:
        return body
    swapped = bytearray(body)
    swapped[one], swapped[other] = body[other], body[one]
    return bytes(swapped)


def _row_repeated(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    one, other = _row(body, hdus, random), _row(body, hdus, random)
    if one is None or other is None:
        return body
    return body[: one.start] + body[other] + body[one.stop :]


def _cell_value(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    row = _row(body, hdus, random)
    if row is None:
        return body
    cell = random.choice(_CELLS)
    place = row.start + 4 * random.randrange((row.stop - row.start) // 4 or 1)
    return body[:place] + cell + body[place + len(cell) :]


def _bits_flipped(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    flipped = bytearray(body)
    for _ in range(random.choice((1, 1, 2, 8))):
        flipped[random.randrange(len(body))] ^= 1 << random.randrange(8)
    return bytes(flipped)


def _bytes_spliced(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    place = random.randrange(len(body))
    filler = bytes(random.randrange(256) for _ in range(random.randrange(20)))
    return body[:place] + filler + body[place + random.choice((0, 1, len(filler), 80, 2880)) :]


def _truncated(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    size = random.randrange(len(body))
    return body[: random.choice((size, size // BLOCK * BLOCK, random.choice(hdus).data_start))]


def _extended(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    last = hdus[-1]
    block = body[_block(body, random)]
    return body + random.choice((b"\0", bytes(BLOCK), block, body[last.start : last.end], body))


def _extension_removed(body: bytes, hdus: list[Hdu], random: Random) -> bytes:
    hdu = random.choice(hdus)
    return body[: hdu.start] + body[hdu.end :]


_Mutation = Callable[[bytes, list[Hdu], Random], bytes]

#: Those that only move, lose or repeat what is there.
_MOVING: Mapping[str, _Mutation] = {
    "block removed": _block_removed,
    "block inserted": _block_inserted,
    "block repeated": _block_repeated,
    "blocks swapped": _blocks_swapped,
    "rows swapped": _rows_swapped,
    "row repeated": _row_repeated,
    "truncated": _truncated,
    "extended": _extended,
    "HDU removed": _extension_removed,
    "END removed": _end_removed,
    "END doubled": _end_doubled,
}
#: Every way of damaging a file, by name.
KINDS: Mapping[str, _Mutation] = {
    "card value": _card_value,
    "card keyword": _card_keyword,
    "card duplicated": _card_duplicated,
    "card removed": _card_removed,
    "card moved": _card_moved,
    "card overlong": _card_overlong,
    "card bytes": _card_bytes,
    "card continued": _card_continued,
    "card scaling": _card_scaling,
    "header grown": _header_grown,
    "cell value": _cell_value,
    "bits flipped": _bits_flipped,
    "bytes spliced": _bytes_spliced,
    "block overwritten": _block_overwritten,
    **_MOVING,
}
