"""One file becomes rows and a true record, or is refused by name, whatever its bytes."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.core.errors import CorruptProduct, WrongProduct
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import CARD, read_hdus
from preprocessing.fits.stitch import StitchedFile, stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions import Product
from preprocessing.missions.recipe import Recipe, make_recipe
from tests.support.sample_files import (
    FIRST_QUARTER,
    KIC,
    make_file,
    make_rows,
    quarter_of,
    real_stars,
    sign,
)

_RECIPE = make_recipe()
_FILE = make_file(rows=make_rows(20))
#: Where the cards of all headers begin.
_CARDS = [
    place
    for hdu in read_hdus(_FILE)
    for place in range(hdu.start, hdu.data_start, CARD)
    if _FILE[place : place + CARD].strip()
]
#: Values as they may stand in a damaged or hostile header.
_VALUES = st.sampled_from(
    [
        "",
        "T",
        "0",
        "-1",
        "1",
        "20",
        "999",
        "2147483648",
        "99999999999999999999",
        "9" * 60,
        "1E400",
        "-1.0E308",
        "1.5",
        "0D0",
        "nan",
        "'",
        "''",
        "'20A     '",
        "'D       '",
        "'1D      '",
        "'TIME    '",
        "'CADENCENO'",
        "'PDCSAP_FLUX'",
        "'" + "''" * 33 + "'",
        "'it''s   ' / comment",
        "'\xe9'",
        "'\x00\x07'",
        "/",
    ]
)


def is_accepted(body: bytes, product: Product = FIRST_QUARTER) -> StitchedFile | None:
    """Return what a file becomes; None if it is refused as it should be."""
    try:
        return stitch_file(body, product, _RECIPE)
    except (CorruptProduct, WrongProduct):
        return None


def test_the_record_counts_every_row_once() -> None:
    """Every row counts once: as without time, masked, finite or not finite."""
    rows = make_rows(100)
    rows["TIME"][:7] = np.nan
    rows["SAP_QUALITY"][5:20] = 1
    rows["PDCSAP_FLUX"][90:] = np.nan
    body = make_file(rows=rows)
    record = stitch_file(body, FIRST_QUARTER, _RECIPE).record
    counts = (record.rows_read, record.rows_no_time, record.rows_masked, record.rows_kept)
    assert counts == (100, 7, 13, 80)
    assert record.rows_finite == 70
    assert record.median == np.nanmedian(rows["PDCSAP_FLUX"][20:].astype("f4"))
    assert (record.bytes, record.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert record.procver == "svn+ssh://murzim/repo/soc/tags/release/9.3.22 r60269"
    assert (record.data_rel, record.detector) == (25, (32, 10))
    assert (record.cdpp[0], record.crowdsap) == (86.1, 0.97)
    assert all(map(math.isnan, record.cdpp[1:]))
    assert (record.status, record.reason, record.verified) == ("used", None, "checksum")


def test_rows_carry_their_quarter_and_the_centroids() -> None:
    """Rows carry their quarter and centroids beside time, flux and cadence number."""
    rows = stitch_file(make_file(quarter_of(7)), quarter_of(7), _RECIPE).rows
    assert set(rows["QUARTER"]) == {7}
    assert set(rows["CENTROID_COL"]) == {655.5}
    assert set(rows["CENTROID_ROW"]) == {201.25}


@pytest.mark.parametrize("flux", [-5.0, 0.0, np.nan])
def test_a_file_with_an_unusual_median_is_used_and_recorded(flux: float) -> None:
    """A file with a negative, zero or missing median is used, and the record says so."""
    rows = make_rows(9)
    rows["PDCSAP_FLUX"] = flux
    quarter = stitch_file(make_file(rows=rows), FIRST_QUARTER, _RECIPE)
    assert len(quarter.rows) == 9
    assert quarter.record.reason is Reason.UNUSUAL_MEDIAN


def test_a_file_of_which_nothing_is_kept_is_not_unusual() -> None:
    """A file without kept rows is used and adds none."""
    rows = make_rows(9)
    rows["SAP_QUALITY"] = 1
    quarter = stitch_file(make_file(rows=rows), FIRST_QUARTER, _RECIPE)
    assert len(quarter.rows) == 0
    assert (quarter.record.status, quarter.record.reason) == ("used", None)


def test_the_stars_cards_are_copied_with_their_types() -> None:
    """Cards are copied with their types, including undefined and synthetic ones."""
    star = stitch_file(make_file(primary={"SYNTHET": True}), FIRST_QUARTER, _RECIPE).star
    assert [star.get(name) for name in ("KEPLERID", "KEPMAG", "SYNTHET")] == [KIC, 11.678, True]
    assert star.get("TEFF") is None


def test_the_records_of_real_files_agree_with_their_headers(real_files: Path) -> None:
    """The records of real files agree with the headers that astropy reads."""
    for files in real_stars(real_files):
        product, path = files[-1]
        recipe = Recipe(cadence=product.cadence)
        record = stitch_file(path.read_bytes(), product, recipe).record
        primary, table = fits.getheader(path, 0), fits.getheader(path, 1)
        assert record.rows_read == table["NAXIS2"]
        assert record.procver == primary["PROCVER"]
        assert record.data_rel == primary["DATA_REL"]
        assert record.detector == (primary["CHANNEL"], primary["MODULE"])
        found = table.get("CDPP3_0")
        cdpp = record.cdpp[0]
        assert cdpp == found if isinstance(found, float) else math.isnan(cdpp)
        assert record.rows_read == record.rows_no_time + record.rows_masked + record.rows_kept


@given(body=st.binary(max_size=200) | st.builds(lambda b: b.ljust(2880), st.binary(max_size=99)))
def test_any_bytes_are_refused_by_name(body: bytes) -> None:
    """Garbage is corrupt, and nothing else is raised."""
    assert is_accepted(body) is None


@given(place=st.integers(0, len(_FILE)), cut=st.integers(0, 6000), filler=st.binary(max_size=90))
def test_any_splice_is_refused_by_name(place: int, cut: int, filler: bytes) -> None:
    """A file with bytes lost, inserted or replaced is refused by name."""
    body = _FILE[:place] + filler + _FILE[place + cut :]
    assert (is_accepted(body) is None) == (body != _FILE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed")


@pytest.mark.slow
@settings(max_examples=200)
@given(place=st.sampled_from(_CARDS), value=_VALUES, signed=st.booleans())
def test_any_value_in_any_card_is_used_whole_or_refused_by_name(
    place: int, value: str, signed: bool, folder: Path
) -> None:
    """A changed card is refused by name or can be written without a warning."""
    keyword = _FILE[place : place + 8]
    card = (keyword + b"= " + value.encode("latin-1")).ljust(CARD)[:CARD]
    body = _FILE[:place] + card + _FILE[place + CARD :]
    quarter = is_accepted(sign(body, _FILE) if signed else body)
    if quarter is None:
        return
    writer = StitchedWriter(folder / "star.fits", _RECIPE, FIRST_QUARTER.exposure_s)
    try:
        writer.describe_star(quarter.star)
    except CorruptProduct:
        writer.discard()
        return
    writer.append(quarter.rows)
    writer.finish([quarter.record], None)
    with fits.open(writer.path, checksum=True) as hdus:
        hdus.verify("exception")
        assert hdus[0].header["KEPLERID"] == KIC
        assert len(hdus[1].data) == len(quarter.rows)


@pytest.mark.slow
@settings(max_examples=150)
@given(
    place=st.integers(0, len(_FILE) - 1).filter(
        lambda place: any(h.start <= place < h.data_start for h in read_hdus(_FILE))
    ),
    filler=st.binary(min_size=1, max_size=12),
)
def test_any_damaged_header_is_refused_by_name(place: int, filler: bytes) -> None:
    """A damaged header is refused by name even with corrected checksums."""
    body = _FILE[:place] + filler + _FILE[place + len(filler) :]
    quarter = is_accepted(sign(body, _FILE))
    assert quarter is None or quarter.record.rows_read == 20
