"""A damaged file is never taken for sound, nor one product for another."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from preprocessing.core.errors import CorruptProduct, UnreadableProduct, WrongProduct
from preprocessing.fits.format import BLOCK, CARD, CardValue, read_hdus
from preprocessing.fits.product_file import (
    BY_CHECKSUM,
    BY_ETAG,
    BY_STRUCTURE,
    read_product,
    verify_product,
)
from preprocessing.missions import Product
from preprocessing.missions.k2.campaigns import campaign_mjd
from preprocessing.missions.k2.splits import whole_campaign
from preprocessing.missions.kepler import (
    LONG_STAMPS,
    PHOTOMETER_LAYOUT,
    SHORT_STAMPS,
    kepler_product,
    stamp_time,
)
from tests.support.mission_samples import SAMPLES, layout_of, product_of, sample_file, sample_rows
from tests.support.sample_files import (
    FIRST_QUARTER,
    KIC,
    make_file,
    make_rows,
    quarter_of,
    real_stars,
    stars_of_every_mission,
)

_ROWS = make_rows(600)
_FILE = make_file(rows=_ROWS)
_HDUS = read_hdus(_FILE)
_TABLE = _HDUS[1]
_N_TABLE_BLOCKS = (_TABLE.end - _TABLE.data_start) // BLOCK


def flipped(body: bytes, bit: int) -> bytes:
    damaged = bytearray(body)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def is_refused(body: bytes, product: Product = FIRST_QUARTER) -> bool:
    try:
        verify_product(body, product)
    except CorruptProduct:
        return True
    return False


def test_a_sound_file_passes_by_its_checksums() -> None:
    """An intact file passes by its checksums, and its table is located."""
    file = verify_product(_FILE, FIRST_QUARTER)
    assert file.how == BY_CHECKSUM
    assert file.table.header.get("EXTNAME") == "LIGHTCURVE"
    assert file.primary.header.get("KEPLERID") == KIC


def test_every_real_file_passes_by_its_checksums(real_files: Path) -> None:
    """Every real file of every release passes by its checksums."""
    for star in real_stars(real_files):
        for product, path in star:
            assert verify_product(path.read_bytes(), product).how == BY_CHECKSUM


def test_a_file_without_checksums_passes_by_structure() -> None:
    """A file without checksums passes by structure, and the record says so."""
    body = make_file(checksum=False)
    assert verify_product(body, FIRST_QUARTER).how == BY_STRUCTURE


@pytest.mark.slow
def test_every_flipped_bit_of_the_cards_that_matter_is_refused() -> None:
    """A flipped bit in CHECKSUM, the HDU names or the header ends is refused."""
    places = [
        place
        for place in range(0, len(_FILE), CARD)
        if _FILE[place : place + 8] in (b"CHECKSUM", b"XTENSION", b"EXTNAME ", b"END     ")
    ]
    assert len(places) == 10
    for place in places:
        for bit in range(8 * place, 8 * (place + CARD)):
            assert is_refused(flipped(_FILE, bit)), f"byte {bit // 8}, bit {bit % 8}"


@pytest.mark.slow
@settings(max_examples=150)
@given(bit=st.integers(0, 8 * len(_FILE) - 1))
def test_any_flipped_bit_is_refused(bit: int) -> None:
    """A flipped bit in headers, table, aperture or padding is refused."""
    assert is_refused(flipped(_FILE, bit))


def test_flipped_bits_of_real_files_are_refused(real_files: Path) -> None:
    """Flipped bits spread over a real file of each star are refused."""
    for star in real_stars(real_files):
        product, path = star[0]
        body = path.read_bytes()
        for bit in range(3, 8 * len(body), 8 * len(body) // 20 + 13):
            assert is_refused(flipped(body, bit), product), (path.name, bit)


@given(size=st.integers(0, len(_FILE) - 1))
@example(size=_HDUS[0].end)
@example(size=_HDUS[1].end)
@example(size=_HDUS[2].data_start)
def test_a_truncated_file_is_refused(size: int) -> None:
    """A truncated file is refused, even if it ends between two HDUs."""
    assert is_refused(_FILE[:size])


@pytest.mark.parametrize("checksum", [True, False])
@pytest.mark.parametrize("n_blocks", range(1, 12))
def test_a_file_that_lost_whole_blocks_is_refused(n_blocks: int, checksum: bool) -> None:
    """A file that lost whole blocks is refused by its structure."""
    assert is_refused(make_file(rows=_ROWS, checksum=checksum)[: -n_blocks * BLOCK])


@given(extra=st.binary(min_size=1, max_size=100))
@example(extra=bytes(BLOCK))
@example(extra=_FILE)
@example(extra=_FILE[_HDUS[2].start :])
def test_extra_bytes_are_refused(extra: bytes) -> None:
    """Extra bytes, blocks, files or HDUs at the end are refused."""
    assert is_refused(_FILE + extra)


@pytest.mark.parametrize("filler", [b"\0", b"\xff", b" "])
def test_an_overwritten_block_is_refused(filler: bytes) -> None:
    """A file with an overwritten block is refused, whichever block it is."""
    for start in range(0, len(_FILE), BLOCK):
        damaged = _FILE[:start] + filler * BLOCK + _FILE[start + BLOCK :]
        assert is_refused(damaged), f"block {start // BLOCK}"


def test_swapped_blocks_are_refused_when_the_table_is_read() -> None:
    """The cadence numbers reveal swapped blocks, which the sum does not notice."""
    for first in range(_N_TABLE_BLOCKS):
        for second in range(first):
            damaged = bytearray(_FILE)
            a, b = (_TABLE.data_start + BLOCK * number for number in (first, second))
            damaged[a : a + BLOCK] = _FILE[b : b + BLOCK]
            damaged[b : b + BLOCK] = _FILE[a : a + BLOCK]
            with pytest.raises(CorruptProduct):
                file = verify_product(bytes(damaged), FIRST_QUARTER)
                read_product(file, PHOTOMETER_LAYOUT, "pdcsap", FIRST_QUARTER.exposure_s)


def _month(quarter: int, month: int) -> Product:
    return kepler_product(SHORT_STAMPS[quarter][month - 1], KIC, "short")


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (quarter_of(1, kic=757077), quarter_of(1)),
        (quarter_of(2), quarter_of(1)),
        (_month(3, 1), _month(3, 2)),
        (_month(3, 3), quarter_of(3)),
        (quarter_of(3), _month(3, 3)),
        (kepler_product(LONG_STAMPS[4][1], KIC, "long"), quarter_of(4)),
    ],
    ids=["star", "quarter", "month", "short", "long", "module 3"],
)
def test_another_product_is_wrong(found: Product, asked: Product) -> None:
    """An intact file of another star, quarter, month, cadence or stamp is wrong."""
    verify_product(make_file(found), found)
    with pytest.raises(WrongProduct):
        verify_product(make_file(found), asked)


def test_another_star_of_real_files_is_wrong(real_files: Path) -> None:
    """A real file is refused in place of another one."""
    files = [file for star in real_stars(real_files) for file in star]
    for (_, path), (asked, _) in pairwise(files):
        with pytest.raises(WrongProduct):
            verify_product(path.read_bytes(), asked)


@pytest.mark.parametrize(
    "cards",
    [{"KEPLERID": None}, {"KEPLERID": f"{KIC}"}, {"KEPLERID": float(KIC)}, {"QUARTER": True}],
)
def test_an_identity_of_another_type_is_wrong(cards: dict[str, CardValue]) -> None:
    """An identity that is undefined, text, a fraction or a truth value is wrong."""
    with pytest.raises(WrongProduct):
        verify_product(make_file(primary=cards), FIRST_QUARTER)


@pytest.mark.parametrize("end", [None, "T", -1.0, 0, 1e300, 10**40, float("nan")])
def test_an_impossible_end_is_corrupt(end: CardValue) -> None:
    """Times that no date can express are refused by name."""
    with pytest.raises(CorruptProduct, match="TSTOP"):
        verify_product(make_file(table={"TSTOP": end}), FIRST_QUARTER)


@pytest.mark.slow
@given(hours=st.floats(-10, 10))
def test_an_end_within_hours_of_its_stamp_is_right(hours: float) -> None:
    """The mission stamped its files in local time, after the last exposure."""
    last_exposure = stamp_time(FIRST_QUARTER.stamp) + timedelta(hours=hours)
    end = (last_exposure - datetime(2009, 1, 1, 12)) / timedelta(days=1)
    assert verify_product(make_file(table={"TSTOP": end}), FIRST_QUARTER).how == BY_CHECKSUM


@pytest.mark.parametrize(
    "table",
    [
        {"EXTNAME": "LIGHTCURVES"},
        {"EXTNAME": None},
        {"XTENSION": "TABLE"},
        {"BJDREFI": 2457000},
        {"BJDREFI": None},
    ],
)
def test_another_kind_of_table_is_corrupt(table: dict[str, CardValue]) -> None:
    """A table with another name, extension or zero of time is corrupt."""
    with pytest.raises(CorruptProduct):
        verify_product(make_file(table=table), FIRST_QUARTER)


# Files of the other missions, and of others than the missions.

#: Authors whose files have no checksums.
_RELATIVE = ("QLP", "K2SFF")
_UNCHECKED = (*_RELATIVE, "KEPSEISMIC", "EVEREST", "TGLC", "GSFC-ELEANOR-LITE", "PATHOS")
#: Cards by which a table is read, numbers taken off.
_STRUCTURE = (
    b"XTENSION",
    b"BITPIX",
    b"NAXIS",
    b"PCOUNT",
    b"GCOUNT",
    b"TFIELDS",
    b"TTYPE",
    b"TFORM",
    b"EXTNAME",
    b"END",
)


@pytest.mark.parametrize("name", SAMPLES)
def test_how_a_file_of_each_author_was_found_undamaged(name: str) -> None:
    """The record says whether checksums, a digest or structure proved a file intact."""
    product = product_of(name)
    body = sample_file(product)
    has_checksums = product.author not in _UNCHECKED
    assert verify_product(body, product).how == (BY_CHECKSUM if has_checksums else BY_STRUCTURE)
    vouched = verify_product(body, product, has_source_digest=True).how
    assert vouched == (BY_CHECKSUM if has_checksums else BY_ETAG)


def test_every_real_file_of_every_author_passes(real_files: Path) -> None:
    """Every real file passes, by checksums for all but two authors."""
    found = {
        (product.author, verify_product(path.read_bytes(), product).how)
        for star in stars_of_every_mission(real_files)
        for product, path in star
    }
    assert found == {
        ("Kepler", BY_CHECKSUM),
        ("K2", BY_CHECKSUM),
        ("SPOC", BY_CHECKSUM),
        ("TESS-SPOC", BY_CHECKSUM),
        ("QLP", BY_STRUCTURE),
        ("K2SFF", BY_STRUCTURE),
    }


def _named(name: str, *changes: tuple[str, str]) -> Product:
    text = SAMPLES[name]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return product_of(text)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("K2", [("206103150", "206103151")]),
        ("K2", [("c03", "c04")]),
        ("K2", [("_llc", "_slc")]),
        ("K2 half", [("c91", "c92")]),
        ("K2 half", [("c91", "c101")]),
        ("K2SFF", [("c92", "c91")]),
        ("K2SFF", [("221312395", "221312396")]),
        ("SPOC", [("25155310", "25155311")]),
        ("SPOC", [("s0001", "s0002")]),
        ("SPOC", [("_lc", "_fast-lc")]),
        ("SPOC fast", [("_fast-lc", "_lc")]),
        ("TESS-SPOC", [("s0027", "s0028")]),
        ("TESS-SPOC", [("25155310", "15155310")]),
        ("QLP", [("s0013", "s0014")]),
        ("QLP", [("s0013", "s0056")]),
        ("QLP", [("25155310", "25155319")]),
    ],
)
def test_another_product_of_another_mission_is_wrong(
    name: str, changes: list[tuple[str, str]]
) -> None:
    """An intact file of another star, campaign, half, sector or cadence is wrong."""
    body = sample_file(product_of(name))
    with pytest.raises(WrongProduct):
        verify_product(body, _named(name, *changes))


@pytest.mark.parametrize(("campaign", "half"), [(9, 91), (10, 102), (11, 111)])
def test_files_of_a_half_may_name_the_whole_campaign(campaign: int, half: int) -> None:
    """A file of a half may name the whole campaign, but no other one."""
    for name in ("K2 half", "K2SFF"):
        product = _named(name, ("c91" if name == "K2 half" else "c92", f"c{half}"))
        for said, is_right in (
            (half, True),
            (campaign, True),
            (campaign + 1, False),
            (half + 1, False),
        ):
            end = {"TSTOP": _end_of_campaign(half)}
            body = sample_file(product, primary={"CAMPAIGN": said}, table=end)
            if is_right:
                verify_product(body, product)
            else:
                with pytest.raises(WrongProduct, match="CAMPAIGN"):
                    verify_product(body, product)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("card", [("BJDREFI", 2400000), ("BJDREFF", 0.5), ("TIMESYS", "UTC")])
def test_times_of_another_reference_are_refused(name: str, card: tuple[str, CardValue]) -> None:
    """Times with another reference are refused, because outputs state the mission's."""
    product = product_of(name)
    if layout_of(product).time_offset_d and card[0] == "BJDREFI":
        pytest.skip("that is its reference")
    with pytest.raises(CorruptProduct, match="times count from"):
        verify_product(sample_file(product, table=dict([card])), product)


@pytest.mark.parametrize(("half", "other"), [(91, 92), (92, 91), (101, 102), (112, 111)])
def test_a_file_that_names_the_whole_campaign_tells_its_half_by_its_end(
    half: int, other: int
) -> None:
    """The end of a file tells which half of a campaign it is."""
    product = _named("K2 half", ("c91", f"c{half}"))
    campaign, end = whole_campaign(half), {"TSTOP": _end_of_campaign(other)}
    body = sample_file(product, primary={"CAMPAIGN": campaign}, table=end)
    with pytest.raises(WrongProduct, match=f"data end when C{other} ended"):
        verify_product(body, product)


def _end_of_campaign(campaign: int) -> float:
    return campaign_mjd(campaign)[1] + 2_400_000.5 - 2_454_833


@pytest.mark.parametrize("name", SAMPLES)
def test_files_of_another_author_are_refused(name: str) -> None:
    """A file is refused under any other author's name."""
    body = sample_file(product_of(name))
    for other in SAMPLES:
        if other != name:
            with pytest.raises((CorruptProduct, WrongProduct)):
                verify_product(body, product_of(other))


@pytest.mark.parametrize("name", ["SPOC", "SPOC fast", "TESS-SPOC"])
@pytest.mark.parametrize("step_d", ["'a'", True, float("nan"), 0.0, -1.0, 10**40])
def test_an_impossible_exposure_time_is_refused(name: str, step_d: CardValue) -> None:
    """An impossible or missing exposure time is refused by name."""
    product = product_of(name)
    body = sample_file(product, table={"TIMEDEL": step_d})
    with pytest.raises((CorruptProduct, WrongProduct), match=r"TIMEDEL|apart"):
        verify_product(body, product)


@pytest.mark.parametrize("step_d", [None, 1800 / 86400, 1.0])
def test_what_qlp_says_of_its_exposure_time_does_not_count(step_d: CardValue) -> None:
    """The times of a QLP file state its exposure time, and its header does not."""
    product = product_of("QLP")
    assert verify_product(sample_file(product, table={"TIMEDEL": step_d}), product)


@pytest.mark.parametrize("name", SAMPLES)
def test_another_zero_of_time_is_corrupt(name: str) -> None:
    """Another mission's zero of time, or none, is corrupt."""
    product = product_of(name)
    layout = layout_of(product)
    zeros = {2457000 if product.mission != "TESS" else 2454833, None, 2400000}
    # Whoever may lack the card has no other zero than its own.
    zeros -= {None} if "BJDREFI" in layout.may_lack else set()
    zeros -= {2400000} if layout.time_offset_d else set()
    for zero in zeros:
        with pytest.raises(CorruptProduct):
            verify_product(sample_file(product, table={"BJDREFI": zero}), product)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SAMPLES if not name.startswith(_UNCHECKED)])
@settings(max_examples=60)
@given(data=st.data())
def test_any_flipped_bit_of_files_with_checksums_is_refused(name: str, data: st.DataObject) -> None:
    """A flipped bit is refused in every author's files that have checksums."""
    product = product_of(name)
    body = sample_file(product)
    with pytest.raises((CorruptProduct, WrongProduct)):
        verify_product(flipped(body, data.draw(st.integers(0, 8 * len(body) - 1))), product)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith(_RELATIVE)])
def test_a_flipped_bit_of_the_structure_is_refused_without_checksums(name: str) -> None:
    """Without checksums a flipped bit is refused or changes no row."""
    product = product_of(name)
    rows = sample_rows(product)
    body = sample_file(product, rows)
    for place in range(0, len(body), CARD):
        if body[place : place + 8].rstrip(b"0123456789 ") not in _STRUCTURE:
            continue
        for bit in range(8 * place, 8 * (place + 30)):
            try:
                file = verify_product(flipped(body, bit), product)
                found = read_product(
                    file,
                    layout_of(product),
                    next(iter(layout_of(product).fluxes)),
                    product.exposure_s,
                )
            except (CorruptProduct, UnreadableProduct, WrongProduct):
                continue
            expected = rows[layout_of(product).time].astype(found.time.dtype)
            assert found.time.tobytes() == expected.tobytes()
            flux = next(iter(layout_of(product).fluxes.values())).flux
            assert found.flux.tobytes() == rows[flux].tobytes(), bit


@pytest.mark.parametrize("name", [n for n in SAMPLES if layout_of(product_of(n)).has_checksums])
def test_a_file_with_some_checksums_is_corrupt(name: str) -> None:
    """A file with checksums in only some of its HDUs is corrupt."""
    product = product_of(name)
    with_sums, without = (sample_file(product, checksum=checksum) for checksum in (True, False))
    first, second = read_hdus(with_sums)[0].end, read_hdus(without)[0].end
    for body in (with_sums[:first] + without[second:], without[:second] + with_sums[first:]):
        with pytest.raises(CorruptProduct, match="carry a CHECKSUM"):
            verify_product(body, product)


def test_real_files_that_nobody_can_read(real_files: Path) -> None:
    """Intact unreadable files are unreadable, and damaged ones are corrupt."""
    (path,) = real_files.glob("hlsp/*/hlsp_k2sc_*.fits")
    product = product_of(path.name)
    body = path.read_bytes()
    with pytest.raises(UnreadableProduct, match="K2SC cannot be read"):
        verify_product(body, product)
    with pytest.raises(CorruptProduct):
        verify_product(body[:-BLOCK], product)
