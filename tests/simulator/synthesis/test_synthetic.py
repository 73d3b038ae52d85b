"""Synthetic files are read, as Kepler's, by those who read Kepler's files."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.fits.format import ALL_ONES, ones_complement_sum, read_hdus
from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import kepler_product
from preprocessing.missions.row_counts import row_count
from preprocessing.simulator.synthesis.focal_plane import channel_of, module_output
from preprocessing.simulator.synthesis.mission_calendar import MJD_OF_BKJD_ZERO, season_of
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

HOLDINGS = SyntheticHoldings()
EXAMPLES = HOLDINGS.examples()


def products_of(name: str, cadence: str = LONG) -> list[Product]:
    return [p for p in HOLDINGS.star(EXAMPLES[name]).products if p.cadence == cadence]


def written(product: Product, folder: Path) -> Path:
    path = folder / product.file_name
    path.write_bytes(HOLDINGS.body(product))
    return path


@pytest.mark.slow
@settings(max_examples=20)
@given(st.integers(0, 3999), st.randoms(use_true_random=False))
def test_a_file_is_what_its_name_says(index: int, random: object) -> None:
    """Sizes, checksums and identity agree with the product for any file of any star."""
    products = HOLDINGS.star(HOLDINGS.star_keys()[index]).products
    product = random.choice(products)  # type: ignore[attr-defined]
    body = HOLDINGS.body(product)
    assert len(body) == HOLDINGS.size(product)
    hdus = read_hdus(body)
    sums = [ones_complement_sum(body[hdu.start : hdu.end]) for hdu in hdus]
    assert sums == [ALL_ONES] * 3
    assert not any("DATASUM" in hdu.header for hdu in hdus)
    primary, table = hdus[0].header, hdus[1].header
    assert primary.get("SYNTHET") is True
    assert primary.integer("KEPLERID") == product.number
    assert primary.integer("QUARTER") == product.sequence_number
    assert primary.integer("SEASON") == season_of(product.sequence_number)
    assert primary.text("OBSMODE") == f"{product.cadence} cadence"
    channel = channel_of(primary.integer("SKYGROUP"), product.sequence_number)
    assert primary.integer("CHANNEL") == channel
    assert (primary.integer("MODULE"), primary.integer("OUTPUT")) == module_output(channel)
    assert table.text("EXTNAME") == "LIGHTCURVE"


def test_no_file_claims_to_be_nasa_s() -> None:
    """Neither origin nor creator nor software version is the mission's."""
    header = fits.getheader(io.BytesIO(HOLDINGS.body(products_of("planet")[0])))
    assert header["ORIGIN"] == header["CREATOR"].split()[0] == "xenoscan"
    assert header["PROCVER"] == "synthetic"
    assert "no observation" in header.comments["SYNTHET"]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "cadence"), [("module_3", LONG), ("short_cadence", SHORT)])
@pytest.mark.lightkurve
def test_lightkurve_reads_a_kepler_light_curve(name: str, cadence: str, tmp_path: Path) -> None:
    """Mission, number and quarter are recognized; the default bitmask leaves most rows."""
    import lightkurve

    product = products_of(name, cadence)[4]
    curve = lightkurve.read(written(product, tmp_path), quality_bitmask="default")
    assert type(curve) is lightkurve.KeplerLightCurve
    assert curve.meta["TARGETID"] == product.number
    assert curve.quarter == product.sequence_number
    assert 0.9 * row_count(product) < len(curve) < row_count(product)
    assert np.isfinite(np.nanmedian(curve.flux.value))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "cadence"), [("eclipsing_binary", LONG), ("short_cadence", SHORT)]
)
def test_astropy_finds_nothing_to_complain_about(name: str, cadence: str) -> None:
    """All three units pass astropy's verification."""
    with fits.open(io.BytesIO(HOLDINGS.body(products_of(name, cadence)[0]))) as hdus:
        hdus.verify("exception")
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "LIGHTCURVE", "APERTURE"]
        assert hdus[2].data.dtype.kind == "i"
        assert set(np.unique(hdus[2].data)) <= {0, 1, 3}


def test_times_agree_with_the_header() -> None:
    """TSTART and TSTOP are half an exposure beyond the first and last time."""
    for product in (products_of("planet")[2], products_of("short_cadence", SHORT)[0]):
        with fits.open(io.BytesIO(HOLDINGS.body(product))) as hdus:
            time, header = hdus[1].data["TIME"], hdus[1].header
            half = header["TIMEDEL"] / 2
            assert header["TSTART"] == pytest.approx(time[0] - half, abs=1e-6)
            assert header["TSTOP"] == pytest.approx(time[-1] + half, abs=1e-6)
            first = time[0] - hdus[1].data["TIMECORR"][0] + MJD_OF_BKJD_ZERO
            assert header["LC_START"] == pytest.approx(first, abs=1e-6)


@pytest.mark.slow
def test_the_same_file_has_the_same_bytes() -> None:
    """Asked again, of a new instance, or from several threads, a file does not change."""
    products = products_of("rotator")[:4] * 4
    once = [HOLDINGS.body(product) for product in products]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(SyntheticHoldings().body, products)) == once
    assert HOLDINGS.body(products[0]) == once[0]


def test_other_stars_quarters_and_seeds_have_other_bytes() -> None:
    """Noise is never the same twice."""
    product, later = products_of("many_quarters")[5:7]
    sibling = next(p for p in products_of("rotator") if p.stamp == product.stamp)
    bodies = {HOLDINGS.body(p)[28_800:] for p in (product, later, sibling)}
    bodies.add(SyntheticHoldings(seed=1).body(product)[28_800:])
    assert len(bodies) == 4


def test_what_is_not_held_is_a_key_error() -> None:
    """An unknown star or a missing quarter is a KeyError."""
    lost = next(p for p in products_of("many_quarters") if p.sequence_number == 6)
    single = EXAMPLES["single_quarter"]
    for product in (
        kepler_product(lost.stamp, 757076, LONG),
        kepler_product("2010174085026", single, LONG),
    ):
        with pytest.raises(KeyError):
            HOLDINGS.size(product)
        with pytest.raises(KeyError):
            HOLDINGS.body(product)
    with pytest.raises(KeyError):
        HOLDINGS.star(757076)


@pytest.mark.slow
def test_a_transit_is_found_where_the_truth_table_says() -> None:
    """The folded dip is as deep as the truth table says, and nowhere else."""
    truth = {row.number: row for row in HOLDINGS.truth()}[EXAMPLES["planet"]]
    assert truth.period_d is not None
    assert truth.epoch_bkjd is not None
    assert truth.duration_h is not None
    time, flux = folded_input("planet")
    phase_d = (time - truth.epoch_bkjd + truth.period_d / 2) % truth.period_d - truth.period_d / 2
    middle = np.abs(phase_d) < 0.1 * truth.duration_h / 24
    outside = np.abs(phase_d) > truth.duration_h / 24
    depth_ppm = 1e6 * (np.median(flux[outside]) - np.median(flux[middle]))
    assert depth_ppm == pytest.approx(truth.depth_ppm, rel=0.2)


def folded_input(name: str) -> tuple[np.ndarray, np.ndarray]:
    times, fluxes = [], []
    for product in products_of(name):
        table = fits.getdata(io.BytesIO(HOLDINGS.body(product)), 1)
        kept = np.isfinite(table["PDCSAP_FLUX"])
        times.append(table["TIME"][kept])
        fluxes.append(table["PDCSAP_FLUX"][kept] / np.nanmedian(table["PDCSAP_FLUX"]))
    return np.concatenate(times), np.concatenate(fluxes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("real", "name", "cadence"),
    [
        ("KIC8644288/*_llc.fits", "planet", LONG),
        ("KIC11442793/*2010009091648_llc.fits", "module_3", LONG),
        ("KIC10666592/*_slc.fits", "short_cadence_only", SHORT),
        ("KIC6462863/*_slc.fits", "all_short_months", SHORT),
    ],
)
def test_cards_are_those_of_the_mission_files(
    real: str, name: str, cadence: str, real_files: Path
) -> None:
    """Each header has the real file's keywords in its order, and SYNTHET besides."""
    paths = sorted((real_files / "kepler").glob(real))
    products = {p.stamp: p for p in products_of(name, cadence)}
    assert paths
    for path in paths:
        product = products[path.name.split("-")[1][:13]]
        with fits.open(path) as theirs, fits.open(io.BytesIO(HOLDINGS.body(product))) as ours:
            for real_hdu, hdu in zip(theirs, ours, strict=True):
                keywords = [keyword for keyword in hdu.header if keyword != "SYNTHET"]
                assert keywords == list(real_hdu.header)
            columns = theirs[1].header.index("TTYPE1"), theirs[1].header.index("INHERIT")
            for card in theirs[1].header.cards[slice(*columns)]:
                assert ours[1].header.cards[card.keyword].image == card.image
            for keyword in ("NUM_FRM", "INT_TIME", "TIMEDEL", "NREADOUT", "PDCMETHD", "NUMBAND"):
                assert ours[1].header[keyword] == theirs[1].header[keyword]
            for keyword in ("LC_START", "LC_END"):
                assert ours[1].header[keyword] == pytest.approx(theirs[1].header[keyword], abs=2e-5)
            for keyword in ("DATE-OBS", "DATE-END"):
                late = utc(ours[1].header[keyword]) - utc(theirs[1].header[keyword])
                assert abs(late.total_seconds()) < 2


def utc(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
