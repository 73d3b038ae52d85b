"""A damaged file is refused by name or read as astropy reads it, whatever was done to it."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.fits.format import BLOCK, CARD, format_card, padded_size, read_hdus
from preprocessing.missions import Product
from preprocessing.missions.recipe import Recipe
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.acceptance import judge, most_memory, recipe_for
from tests.support.mission_samples import SAMPLES, product_of, sample_file
from tests.support.mutations import KINDS, Mutant, mutate, repair_checksums
from tests.support.sample_files import FIRST_QUARTER, make_file, make_rows, stars_of_every_mission

_SEEDS = st.integers(0, 2**32 - 1)
#: The same in every run: a longer and ever different one is `scripts/benchmark fuzz`.
_FUZZING = settings(max_examples=150, derandomize=True, database=None)


@cache
def _synthetic_file() -> tuple[Product, bytes]:
    """Return the shortest long-cadence file of some stars."""
    holdings = SyntheticHoldings(20)
    products = (p for kic in holdings.star_keys() for p in holdings.star(kic).products)
    product = min((p for p in products if p.cadence == "long"), key=holdings.size)
    return product, holdings.body(product)


def _problem(mutant: Mutant, product: Product, sound: bytes, trace: bool = False) -> str | None:
    """Return how the reading path broke the law on a damaged file."""
    recipe = recipe_for(product)
    verdict = judge(mutant.body, product, recipe, trace=trace)
    if verdict.problem is None and verdict.quarter is not None and mutant.keeps_rows:
        original = judge(sound, product, recipe).quarter
        assert original is not None
        if verdict.quarter.rows.tobytes() != original.rows.tobytes():
            return "was accepted without the rows that were in it"
    return verdict.problem


@pytest.mark.slow
@_FUZZING
@given(seed=_SEEDS)
def test_damaged_synthetic_files(seed: int) -> None:
    """Damaged synthetic files are refused or read right, with and without repaired checksums."""
    product, sound = _synthetic_file()
    mutant = mutate(sound, Random(seed))
    assert _problem(mutant, product, sound) is None, mutant.kinds


@pytest.mark.slow
@_FUZZING
@given(seed=_SEEDS)
def test_damaged_real_files(seed: int, real_files: Path) -> None:
    """Damaged real files of every mission and author are refused or read right."""
    stars = stars_of_every_mission(real_files)
    product, path = Random(seed).choice(Random(seed).choice(stars))
    sound = path.read_bytes()
    mutant = mutate(sound, Random(seed))
    assert _problem(mutant, product, sound) is None, (path.name, mutant.kinds)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=75, derandomize=True, database=None)
@given(seed=_SEEDS)
def test_damaged_files_of_every_author(name: str, seed: int) -> None:
    """Damaged files without checksums are refused by structure or read right."""
    product = product_of(name)
    sound = sample_file(product)
    mutant = mutate(sound, Random(seed))
    assert _problem(mutant, product, sound) is None, mutant.kinds


@pytest.mark.slow
@settings(max_examples=100, derandomize=True, database=None)
@given(seed=_SEEDS)
def test_a_file_of_another_author_in_its_place_is_refused(seed: int) -> None:
    """Another author's file is refused, damaged or not."""
    random = Random(seed)
    asked, found = (product_of(name) for name in random.sample(list(SAMPLES), 2))
    body = mutate(sample_file(found), random).body if seed % 2 else sample_file(found)
    verdict = judge(body, asked, recipe_for(asked))
    assert (verdict.quarter, verdict.problem) == (None, None)


@pytest.mark.slow
@settings(max_examples=100, derandomize=True, database=None)
@given(seed=_SEEDS)
def test_memory_is_in_proportion(seed: int) -> None:
    """Reading a file takes at most a few times its size, whatever lengths it claims."""
    product, sound = _synthetic_file()
    mutant = mutate(sound, Random(seed))
    assert _problem(mutant, product, sound, trace=True) is None, mutant.kinds


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_damage_can_be_done(kind: str) -> None:
    """Every kind of damage applies to some file."""
    sound = _synthetic_file()[1]
    hdus = read_hdus(sound)
    assert any(KINDS[kind](sound, hdus, Random(seed)) != sound for seed in range(20))


def test_repaired_checksums_hide_damage() -> None:
    """A changed flux with a corrected checksum is read as it stands."""
    product, sound = _synthetic_file()
    assert repair_checksums(sound) == sound
    place = read_hdus(sound)[1].data_start + 100 + 16
    damaged = repair_checksums(sound[:place] + b"\x45" + sound[place + 1 :])
    verdict = judge(damaged, product, Recipe())
    assert damaged != sound
    assert verdict.problem is None
    assert verdict.quarter is not None


@pytest.mark.slow
@settings(max_examples=100, derandomize=True, database=None)
@given(seed=_SEEDS)
def test_another_file_in_its_place_is_refused(seed: int) -> None:
    """A file of another star, quarter, month or cadence is refused."""
    holdings = SyntheticHoldings(12, seed=1)
    random = Random(seed)
    asked, found = (
        random.choice(holdings.star(random.choice(holdings.star_keys())).products) for _ in range(2)
    )
    quarter = judge(holdings.body(found), asked, Recipe(cadence=asked.cadence)).quarter
    assert (quarter is not None) == (found == asked)


# What follows was found by fuzzing, or stands for a kind of input that no fuzzer meets often.

_FILE = make_file(rows=make_rows(600))


def _is_refused(body: bytes) -> bool:
    verdict = judge(body, FIRST_QUARTER, Recipe(), trace=True)
    assert verdict.problem is None
    return verdict.quarter is None


def _with_card(body: bytes, hdu: int, keyword: str, card: bytes) -> bytes:
    """Return a file with a card replaced, or put at the end, and its checksum made right."""
    unit = read_hdus(body)[hdu]
    header = body[unit.start : unit.data_start]
    place = header.find(keyword.ljust(8).encode())
    if place < 0:
        place = header.index(b"END" + b" " * 77)
        header = header[:place] + card.ljust(CARD) + b"END".ljust(CARD)
        header = header.ljust(padded_size(len(header)))
    else:
        header = header[:place] + card.ljust(CARD) + header[place + CARD :]
    return repair_checksums(body[: unit.start] + header + body[unit.data_start :])


@pytest.mark.parametrize(
    ("hdu", "keyword", "card"),
    [
        # astropy took hours over each: it believes the later NAXIS, in any case of letters.
        (2, "LATER", b"NAXIS   =           1305528936"),
        (2, "LATER", b"naxis   =           1305528936"),
        # Two readers may take two values of one keyword.
        (1, "LATER", b"NAXIS2  =                   10"),
        (0, "LATER", b"KEPLERID=                    1"),
        # A string in two cards has one end for some readers, and another for others.
        (0, "CREATOR", b"CONTINUE  'more'"),
        # Columns that are scaled or shaped are not what their bytes say.
        (1, "TSCAL1", b"TSCAL1  =                  2.0"),
        (1, "TZERO4", b"TZERO4  =                  1.0"),
        (1, "TNULL3", b"TNULL3  =                    1"),
        (1, "TDIM1", b"TDIM1   = '(2,300) '"),
        # More than a value in a card.
        (1, "TTYPE6", b"TTYPE6  = 'SAP_BKG '      \"    / column title"),
        (1, "EXTNAME", b"EXTNAME = 'LIGHTCURVE' 'APERTURE'"),
        # A column without a name.
        (1, "TTYPE6", b"TTYPE6  = ''"),
        # A negative BITPIX is of floating-point pixels, which no table has.
        (1, "BITPIX", b"BITPIX  =                   -8"),
        (1, "BITPIX", b"BITPIX  =                   16"),
        (0, "BITPIX", b"BITPIX  = NaN"),
        (0, "SIMPLE", b"SIMPLE  =                    F"),
        (0, "EXTEND", b"EXTEND  = 0x10"),
        (0, "EXTNAME", b"EXTNAME = 'LIGHTCURVE'"),
        (2, "CHECKSUM", b"CHECKSUM=                    0"),
        (1, "TSTART", b"TSTART  = 'long ago'"),
        (1, "TSTART", b"TSTART  =                160.0"),
        # Lengths beyond any file.
        (1, "NAXIS2", b"NAXIS2  =        1099511627776"),
        (1, "NAXIS2", b"NAXIS2  =  9223372036854775808"),
        (1, "NAXIS2", b"NAXIS2  =           2147483648"),
        (1, "NAXIS2", b"NAXIS2  = " + b"9" * 70),
        (1, "NAXIS2", b"NAXIS2  =                1E400"),
        (1, "PCOUNT", b"PCOUNT  =        1099511627776"),
        (1, "TFIELDS", b"TFIELDS =           2147483648"),
    ],
    ids=lambda value: value.decode().split("/")[0] if isinstance(value, bytes) else str(value),
)
def test_a_hostile_card_is_refused(hdu: int, keyword: str, card: bytes) -> None:
    """A hostile card is refused although every checksum is right."""
    assert _is_refused(_with_card(_FILE, hdu, keyword, card))


def test_axes_with_a_product_of_thousands_of_digits() -> None:
    """Absurd axes are refused without printing a number of thousands of digits."""
    cards = [format_card("SIMPLE", True), format_card("BITPIX", 8), format_card("NAXIS", 999)]
    cards += [f"NAXIS{n:<3}= {'9' * 70}".encode() for n in range(1, 1000)]
    header = b"".join(cards) + b"END".ljust(CARD)
    assert _is_refused(header.ljust(padded_size(len(header))))


@pytest.mark.slow
@pytest.mark.parametrize("end", [b"", b"END".ljust(CARD)], ids=["without END", "with END"])
def test_a_million_cards(end: bytes) -> None:
    """A header without an end is given up long before all of it is read."""
    body = _FILE[: 4 * CARD] + b"COMMENT   go on".ljust(CARD) * 1_000_000 + end
    body = body.ljust(padded_size(len(body)))
    verdict = judge(body, FIRST_QUARTER, Recipe(), trace=True)
    assert verdict.quarter is None
    assert verdict.peak_bytes < 1_000_000 < most_memory(body)


@pytest.mark.slow
@pytest.mark.parametrize("checksum", [True, False])
def test_blocks_that_change_places(checksum: bool) -> None:
    """Swapped blocks of the table are found, and swaps elsewhere change nothing."""
    body = make_file(rows=make_rows(600), checksum=checksum)
    sound = judge(body, FIRST_QUARTER, Recipe()).quarter
    assert sound is not None
    for hdu in read_hdus(body):
        for one, other in combinations(range(hdu.start, hdu.end, BLOCK), 2):
            swapped = bytearray(body)
            swapped[one : one + BLOCK] = body[other : other + BLOCK]
            swapped[other : other + BLOCK] = body[one : one + BLOCK]
            verdict = judge(bytes(swapped), FIRST_QUARTER, Recipe())
            assert verdict.problem is None
            # Cards in another order say the same.
            headers_only = other < hdu.data_start
            assert verdict.quarter is None or headers_only
            if verdict.quarter is not None:
                assert verdict.quarter.rows.tobytes() == sound.rows.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("filler", [b"\0", b"\xff", b" "])
def test_an_overwritten_block(filler: bytes) -> None:
    """An overwritten block of the table is refused although its checksum was corrected."""
    table = read_hdus(_FILE)[1]
    for start in range(table.data_start, table.end, BLOCK):
        body = _FILE[:start] + filler * BLOCK + _FILE[start + BLOCK :]
        assert _is_refused(repair_checksums(body))


def test_a_block_over_the_end_of_the_table() -> None:
    """A block that covers the table's end is refused for its padding."""
    body = make_file(rows=make_rows(605))
    table = read_hdus(body)[1]
    last = table.end - BLOCK
    assert 0 < table.data_start + table.data_size - last < 100
    for block in range(table.start, last, BLOCK):
        damaged = body[:last] + body[block : block + BLOCK] + body[table.end :]
        assert _is_refused(repair_checksums(damaged))


def test_times_of_another_quarter() -> None:
    """Rising times outside the header's range are refused."""
    rows = make_rows(600)
    rows["TIME"] += 90
    assert _is_refused(_with_card(make_file(rows=rows), 1, "TSTART", b"TSTART  = 131.0"))


def test_times_that_do_not_rise() -> None:
    """Times that do not rise are refused although the cadence numbers do."""
    rows = make_rows(600)
    rows["TIME"][[100, 101]] = rows["TIME"][[101, 100]]
    assert _is_refused(make_file(rows=rows))
