"""Synthetic files of K2 and TESS are read, as the true ones, by those who read those."""

from __future__ import annotations

import io
import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.fits.format import ALL_ONES, ones_complement_sum, read_hdus
from preprocessing.fits.product_file import BY_CHECKSUM, BY_STRUCTURE, verify_product
from preprocessing.fits.stitch import stitch_file
from preprocessing.missions import FAST, MISSIONS, Product
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.star_keys import mission_of_key
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

HOLDINGS = SyntheticHoldings(3, k2_stars=300, tess_stars=300)
EXAMPLES = HOLDINGS.examples()
_OTHERS = [key for key in HOLDINGS.star_keys() if mission_of_key(key)[0].name != "Kepler"]
#: Without checksums.
_STRUCTURAL = ("QLP", "K2SFF", "EVEREST", "TGLC", "GSFC-ELEANOR-LITE", "PATHOS")


def _files(name: str) -> tuple[Product, ...]:
    return tuple(HOLDINGS.products(EXAMPLES[name]))


def _labels(name: str) -> list[str]:
    return [f"{p.author} {p.cadence} {p.label} {p.exposure_s:.0f}" for p in _files(name)]


def _open(product: Product) -> fits.HDUList:
    return fits.open(io.BytesIO(HOLDINGS.body(product)))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(0, len(_OTHERS) - 1), st.randoms(use_true_random=False))
def test_a_file_is_what_its_name_says(index: int, random: object) -> None:
    """Sizes, checksums and identity agree with the product, for any file of any star."""
    product = random.choice(HOLDINGS.products(_OTHERS[index]))  # type: ignore[attr-defined]
    body = HOLDINGS.body(product)
    assert len(body) == HOLDINGS.size(product)
    how = verify_product(body, product).how
    assert how == (BY_STRUCTURE if product.author in _STRUCTURAL else BY_CHECKSUM)
    if how == BY_CHECKSUM:
        hdus = read_hdus(body)
        assert all(ones_complement_sum(body[h.start : h.end]) == ALL_ONES for h in hdus)
    assert read_hdus(body)[0].header.get("SYNTHET") is True


def test_no_archive_uses_the_numbers() -> None:
    """No synthetic star has a number that a real target has."""
    for key in HOLDINGS.star_keys():
        mission, number = mission_of_key(key)
        assert number in mission.synthetic_numbers
        assert not any(number in real for real in mission.number_ranges)
        star = HOLDINGS.star(key)
        assert (star.key, star.number) == (key, number)
        assert star.products


def test_kepler_stars_are_the_same_with_or_without_others() -> None:
    """Kepler's stars have the same numbers and bytes without the other missions."""
    alone = SyntheticHoldings(3)
    assert HOLDINGS.star_keys()[:3] == alone.star_keys()
    product = alone.products(alone.star_keys()[1])[2]
    assert HOLDINGS.body(product) == alone.body(product)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("k2_split_campaign", ["K2 long C91 1766", "K2 long C92 1766"]),
        ("k2_second_half", ["K2 long C102 1766"]),
        ("k2_short_cadence", ["K2 long C13 1766", "K2 short C13 59"]),
        ("k2_several_campaigns", ["K2 long C5 1766", "K2 long C18 1766"]),
        ("k2_and_k2sff", ["K2 long C3 1766", "K2SFF long C3 1766"]),
        ("k2sff_only", ["K2SFF long C19 1766"]),
        ("tess_planet", ["SPOC short S12 120", "SPOC short S13 120", "SPOC short S38 120"]),
        ("tess_fast", ["SPOC short S27 120", "SPOC fast S27 20"]),
        (
            "tess_exposures",
            ["TESS-SPOC long S12 1800", "TESS-SPOC long S38 600", "TESS-SPOC long S56 200"],
        ),
        (
            "tess_three_authors",
            ["SPOC short S23 120", "TESS-SPOC long S23 1800", "QLP long S23 1800"],
        ),
        ("tess_two_stamps", ["SPOC short S38 120", "SPOC short S38 120"]),
        ("qlp_two_versions", ["QLP long S13 1800", "QLP long S13 1800"]),
        ("qlp_only", ["QLP long S13 1800", "QLP long S56 200"]),
    ],
)
def test_examples_show_what_they_are_named_for(name: str, labels: list[str]) -> None:
    """Each trap of the archive has a star."""
    assert _labels(name) == labels


@pytest.mark.parametrize("name", ["k2_neighbors", "tess_neighbors"])
def test_neighbors_stand_within_four_arcsec(name: str) -> None:
    """Another star of the mission is too near for a position to tell them apart."""
    keys = HOLDINGS.star_keys()
    here, there = (HOLDINGS.star(keys[keys.index(EXAMPLES[name]) + step]) for step in (0, 1))
    east = (there.ra_deg - here.ra_deg) * np.cos(np.radians(here.dec_deg))
    assert 1 < 3600 * np.hypot(east, there.dec_deg - here.dec_deg) < 4


def test_a_sector_processed_again_differs_a_little() -> None:
    """The later stamp is of a later release, and of nearly the same light."""
    first, second = (_open(product) for product in _files("tess_two_stamps"))
    assert first[0].header["DATA_REL"] < second[0].header["DATA_REL"]
    for column in ("TIME", "CADENCENO"):
        assert np.array_equal(first[1].data[column], second[1].data[column], equal_nan=True)
    assert HOLDINGS.body(_files("tess_two_stamps")[0]) != HOLDINGS.body(
        _files("tess_two_stamps")[1]
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in EXAMPLES if "k2" in name or "tess" in name])
@pytest.mark.lightkurve
def test_lightkurve_reads_as_many_rows_as_we_do(name: str, tmp_path: Path) -> None:
    """The default mask of each mission leaves the same rows of each file."""
    import lightkurve

    for product in _files(name):
        if product.exposure_s < 100:
            # Millions of rows: the unmodified clients read one of each.
            continue
        path = tmp_path / product.file_name
        path.write_bytes(HOLDINGS.body(product))
        curve = lightkurve.read(path)
        recipe = make_recipe(product.mission, product.cadence, author=product.author)
        ours = stitch_file(path.read_bytes(), product, recipe)
        assert len(ours.rows) == len(curve)
        assert int(curve.meta["TARGETID"]) == product.number
        mission = MISSIONS[product.mission]
        assert curve.meta[mission.sequence_keyword] == product.sequence_number


def test_the_same_file_has_the_same_bytes() -> None:
    """Asked again, of a new instance, or from several threads, a file does not change."""
    names = ("k2_split_and_k2sff", "tess_exposures", "qlp_two_versions")
    products = list(itertools.chain.from_iterable(map(_files, names)))
    once = [HOLDINGS.body(product) for product in products]
    assert len(set(once)) == len(once)
    other = SyntheticHoldings(0, k2_stars=20, tess_stars=20)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(other.body, products)) == once


def test_what_is_not_held_is_a_key_error() -> None:
    """An unknown star or a missing sector is a KeyError."""
    elsewhere = _files("tess_exposures")[0]
    for product in (_files("k2_planet")[0], elsewhere):
        with pytest.raises(KeyError):
            SyntheticHoldings(1).body(product)
    with pytest.raises(KeyError):
        HOLDINGS.star(EXAMPLES["k2_planet"] + 1)
    with pytest.raises(KeyError):
        HOLDINGS.products(1)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rel"), [("k2_planet", 0.25), ("tess_planet", 0.25)])
def test_a_transit_is_found_where_the_truth_table_says(name: str, rel: float) -> None:
    """Folded at the true period, on the mission's own clock, the dip is as deep as it says."""
    mission, number = mission_of_key(EXAMPLES[name])
    (truth,) = (t for t in HOLDINGS.truth() if (t.mission, t.number) == (mission.name, number))
    assert truth.period_d is not None
    assert truth.epoch_bkjd is not None
    assert truth.duration_h is not None
    times, fluxes = [], []
    for product in _files(name):
        table = _open(product)[1].data
        kept = np.isfinite(table["PDCSAP_FLUX"])
        times.append(table["TIME"][kept] + mission.bjd_reference - 2454833)
        fluxes.append(table["PDCSAP_FLUX"][kept] / np.nanmedian(table["PDCSAP_FLUX"]))
    time, flux = np.concatenate(times), np.concatenate(fluxes)
    phase_d = (time - truth.epoch_bkjd + truth.period_d / 2) % truth.period_d - truth.period_d / 2
    near = np.abs(phase_d) < 1.5 * truth.duration_h / 24
    middle = np.abs(phase_d) < 0.1 * truth.duration_h / 24
    beside = near & (np.abs(phase_d) > 0.6 * truth.duration_h / 24)
    depth_ppm = 1e6 * (np.median(flux[beside]) - np.median(flux[middle]))
    assert depth_ppm == pytest.approx(truth.depth_ppm, rel=rel)


def test_the_truth_table_has_all_missions() -> None:
    """The truth table has the stars of all missions, with campaigns and sectors."""
    rows = HOLDINGS.truth()
    assert [row.mission for row in rows] == ["Kepler"] * 3 + ["K2"] * 300 + ["TESS"] * 300
    by_number = {(row.mission, row.number): row for row in rows}
    fast = by_number["TESS", mission_of_key(EXAMPLES["tess_fast"])[1]]
    assert (fast.quarters, fast.short_months) == ("27", "S27")
    split = by_number["K2", mission_of_key(EXAMPLES["k2_split_campaign"])[1]]
    assert (split.quarters, split.n_quarters, split.short_months) == ("91 92", 2, "")


@pytest.mark.parametrize(
    ("real", "name", "place", "n_hdus"),
    [
        ("k2/EPIC206103150/*", "k2_planet", 0, 3),
        ("k2/EPIC211436265/*", "k2_split_campaign", 1, 3),
        ("tess/TIC162494287/*s0050*", "tess_eclipsing_binary", 0, 3),
        ("hlsp/TIC33910247/*", "tess_exposures", 0, 3),
        ("hlsp/TIC254113311/*", "qlp_two_versions", 0, 2),
    ],
)
def test_cards_are_those_of_the_true_files(
    real: str, name: str, place: int, n_hdus: int, real_files: Path
) -> None:
    """Each header has the real file's keywords in its order, and SYNTHET besides."""
    (path,) = real_files.glob(real)
    with fits.open(path) as theirs, _open(_files(name)[place]) as ours:
        assert len(theirs) == len(ours) == n_hdus
        for real_hdu, hdu in zip(theirs, ours, strict=True):
            ours_named, theirs_named = (
                # One of them names the camera and the CCD.
                [keyword for keyword in header if not keyword.startswith(("SYNTHET", "TMOFST"))]
                for header in (hdu.header, real_hdu.header)
            )
            assert ours_named == theirs_named
            assert len(hdu.header.tostring()) == len(real_hdu.header.tostring())
        columns = theirs[1].header.index("TTYPE1"), theirs[1].header.index("INHERIT")
        for card in theirs[1].header.cards[slice(*columns)]:
            assert ours[1].header.cards[card.keyword].image == card.image
        assert ours[1].columns.dtype == theirs[1].columns.dtype


def test_k2sff_has_less_than_the_true_files(real_files: Path) -> None:
    """The best aperture's columns and cards are there, but not where pixels stand on the sky."""
    path = next(real_files.glob("hlsp/EPIC221312395/*c91*"))
    ours = _open(_files("k2_split_and_k2sff")[2])
    with fits.open(path) as theirs:
        assert ours[1].columns.dtype == theirs[1].columns.dtype
        assert ours[1].name == theirs[1].name == "BESTAPER"
        assert set(ours[0].header) - {"SYNTHET"} == set(theirs[0].header)
        missing = set(theirs[1].header) - set(ours[1].header)
        assert not {k for k in missing if k[0].isalpha() and not k.startswith(("WC", "DB"))} - {
            "COMMENT",
            "BLKALGO",
        }
    assert [hdu.name for hdu in ours][1:3] == ["BESTAPER", "CIRC_APER0"]


def test_qlp_renamed_its_columns() -> None:
    """From sector 56 on the detrended flux is DET_FLUX; lightkurve reads the error of either."""
    early, late = (_open(product)[1].columns.names for product in _files("qlp_only"))
    assert "KSPSAP_FLUX_ERR" in early
    assert "DET_FLUX_ERR" in late
    assert not any("KSPSAP" in name for name in late)
    assert len(late) == len(early) + 1


def test_a_fast_file_is_made_fast() -> None:
    """20 seconds for a month are some hundred thousand rows; they have their own live time."""
    fast = next(p for p in _files("tess_fast") if p.cadence == FAST)
    header = _open(fast)[1].header
    assert header["NAXIS2"] > 100_000
    assert header["TIMEDEL"] == pytest.approx(20 / 86_400)
    assert (header["NUM_FRM"], header["NREADOUT"], header["DEADC"]) == (10, 10, 0.99)


def test_flags_are_those_of_the_mission() -> None:
    """Flags mark K2's thrusters and TESS's momentum dumps and scattered light."""
    k2 = _open(_files("k2_planet")[0])[1].data["SAP_QUALITY"]
    assert np.count_nonzero(k2 & 1 << 20) > 100
    assert np.count_nonzero(k2 & 1 << 19)
    tess = _open(_files("tess_planet")[0])[1].data
    for flag in (8, 32, 128, 4096):
        assert np.count_nonzero(tess["QUALITY"] & flag)
    assert (np.isnan(tess["TIME"]) == ((tess["QUALITY"] & 8) != 0)).all()
