"""An output equals what lightkurve stitches, bit for bit, in every column and row."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from preprocessing.fits.stitch import stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions import LONG, Product
from preprocessing.missions.k2 import k2_product
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from preprocessing.missions.recipe import make_recipe
from tests.support.mission_samples import SAMPLES, layout_of, product_of, sample_file, sample_rows
from tests.support.sample_files import stars_of_every_mission

pytestmark = pytest.mark.lightkurve

#: Columns of what lightkurve reads, and ours.
_COLUMNS = ("TIME", "FLUX", "FLUX_ERR", "CADENCENO", "QUALITY")
#: A flag of the default bitmask, one that it lets pass, and both.
_FLAGS = (0, 1, 128, 129)
_FLUXES = st.one_of(
    st.sampled_from([np.nan, 0.0, -1.0, 1e-38, 3e38, np.inf, -np.inf]),
    st.floats(-1e6, 1e6, width=32),
)


def stitch_here(
    files: Sequence[tuple[Product, Path]], flux: str, quality: str, path: Path
) -> dict[str, NDArray[Any]]:
    """Return each column of the file that we write."""
    first = files[0][0]
    recipe = make_recipe(first.mission, first.cadence, flux, quality, first.author)
    writer = StitchedWriter(path, recipe, first.exposure_s)
    records = []
    for product, place in files:
        quarter = stitch_file(place.read_bytes(), product, recipe)
        writer.describe_star(quarter.star)
        writer.append(quarter.rows)
        records.append(quarter.record)
    writer.finish(records, None)
    with fits.open(path) as hdus:
        table = hdus["LIGHTCURVE"].data
        columns = {name: table[name] for name in _COLUMNS if name != "QUALITY"}
        columns["QUALITY"] = table[recipe.mission.quality_column]
        return {name: _plain(column) for name, column in columns.items()}


def stitch_there(
    files: Sequence[tuple[Product, Path]], flux: str, quality: str
) -> dict[str, NDArray[Any]]:
    """Return each column of what lightkurve stitches."""
    from lightkurve import LightCurveCollection, read

    layout = layout_of(files[0][0])
    options: dict[str, str] = {}
    if layout.quality is not None:
        options = {"flux_column": layout.fluxes[flux].flux.lower(), "quality_bitmask": quality}
    with warnings.catch_warnings():
        # Of medians near zero, of slices of NaN and of light curves that were normalized
        # before, which are what is tested here.
        warnings.simplefilter("ignore")
        curves = [read(path, **options) for _, path in files]
        stitched = LightCurveCollection([c for c in curves if len(c)]).stitch()
    columns = {
        "TIME": stitched.time.value,
        "FLUX": stitched.flux,
        "FLUX_ERR": stitched.flux_err,
        "CADENCENO": stitched["cadenceno"],
        # Where an author gives no flags, no row has any.
        "QUALITY": stitched["quality"] if layout.quality else np.zeros(len(stitched), "i4"),
    }
    return {name: _plain(column) for name, column in columns.items()}


def _plain(column: Any) -> NDArray[Any]:
    """Return a column's numbers without mask and unit, in this machine's order of bytes."""
    values = getattr(column, "unmasked", column)
    plain = np.asarray(getattr(values, "value", values))
    return plain.astype(plain.dtype.newbyteorder("="))


def _assert_equal(ours: Mapping[str, NDArray[Any]], theirs: Mapping[str, NDArray[Any]]) -> None:
    """Compare to the bit, types included, but for the sign of a NaN.

    Nobody can see it, and it depends on how wide the processor's vectors are.
    """
    for name in _COLUMNS:
        one, other = ours[name], theirs[name]
        assert (one.dtype, one.shape) == (other.dtype, other.shape), name
        if one.dtype.kind == "f":
            missing = np.isnan(one)
            assert np.array_equal(missing, np.isnan(other)), name
            one, other = one[~missing], other[~missing]
        assert one.tobytes() == other.tobytes(), name


def _assert_stitched_alike(
    star: Sequence[tuple[Product, Path]], flux: str, quality: str, path: Path
) -> None:
    ours = stitch_here(star, flux, quality, path)
    assert len(ours["FLUX"]) > 0
    theirs = stitch_there(star, flux, quality)
    _assert_equal(ours, theirs)
    # Down to the sign of each NaN that is in a file.
    made_up = () if layout_of(star[0][0]).fluxes[flux].errors else ("FLUX_ERR",)
    for name in set(_COLUMNS).difference(made_up):
        assert ours[name].tobytes() == theirs[name].tobytes(), (star[0][1].name, name)


@pytest.mark.slow
def test_a_real_star_of_each_kind_is_stitched_to_the_same_bits(
    real_files: Path, tmp_path: Path
) -> None:
    """One real star of each author and cadence equals lightkurve's stitch in every flux."""
    # Reading by lightkurve takes most of the time: the star with the fewest files has to do.
    # tests/end_to_end/test_every_mission.py compares all of them.
    shortest: dict[tuple[str, str], Sequence[tuple[Product, Path]]] = {}
    stars: list[Sequence[tuple[Product, Path]]] = [*stars_of_every_mission(real_files)]
    for star in sorted(stars, key=len):
        shortest.setdefault((star[0][0].author, star[0][0].cadence), star)
    assert {author for author, _ in shortest} == {
        "Kepler", "K2", "K2SFF", "SPOC", "TESS-SPOC", "QLP",
    }  # fmt: skip
    for star in shortest.values():
        first, *others = ((flux, "default") for flux in _fluxes_of(star[0]))
        for flux, quality in (first, *others, (first[0], "hard"), (first[0], "none")):
            _assert_stitched_alike(star, flux, quality, tmp_path / "star.fits")


def _fluxes_of(file: tuple[Product, Path]) -> list[str]:
    """Return the fluxes that a file has, and that lightkurve can be asked for."""
    layout = layout_of(file[0])
    if layout.quality is None:
        # It reads the one of K2SFF's that it chooses.
        return list(layout.fluxes)[:1]
    columns = fits.getdata(file[1], layout.table).names
    return [flux for flux, column in layout.fluxes.items() if column.flux in columns]


#: Of each row: flux, its error, quality flags, whether it has a time.
_ROWS = st.lists(
    st.tuples(_FLUXES, _FLUXES, st.sampled_from(_FLAGS), st.booleans()), min_size=1, max_size=9
)
_NAN_ROWS = st.lists(
    st.tuples(st.just(np.nan), st.just(np.nan), st.just(0), st.booleans()), min_size=1, max_size=4
)
Rows = list[tuple[float, float, int, bool]]


def _write_file(product: Product, drawn: Rows, folder: Path) -> tuple[Product, Path]:
    layout = layout_of(product)
    rows = sample_rows(product, len(drawn))
    flux, flux_err, quality, has_time = zip(*drawn, strict=True)
    columns = next(iter(layout.fluxes.values()))
    rows[columns.flux] = flux
    for error in columns.errors:
        if error in (rows.dtype.names or ()):
            rows[error] = flux_err
    if layout.quality is not None:
        rows[layout.quality] = quality
    # lightkurve cannot read a file in which no row has a time, so the first has one.
    rows[layout.time][1:][~np.array(has_time[1:], dtype=bool)] = np.nan
    path = folder / product.file_name
    path.write_bytes(sample_file(product, rows))
    return product, path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


#: Files of each author that are stitched together.
_SERIES = {
    "Kepler": tuple(kepler_product(LONG_STAMPS[quarter][0], 757076, LONG) for quarter in (1, 2, 3)),
    "K2": tuple(k2_product(206103150, campaign, LONG) for campaign in (8, 91, 92)),
    **{
        name: tuple(product_of(SAMPLES[name].replace(place, place[:-1] + n)) for n in numbers)
        for name, place, numbers in (
            ("K2SFF", "c92", "12"),
            ("SPOC", "s0001", "123"),
            ("TESS-SPOC", "s0027", "789"),
            ("QLP", "s0013", "34"),
            ("QLP since S56", "s0056", "67"),
        )
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("author", _SERIES)
@settings(max_examples=10)
@given(
    drawn=st.lists(_ROWS | _NAN_ROWS, min_size=1, max_size=3),
    quality=st.sampled_from(["default", "hard", "none"]),
)
def test_generated_stars_are_stitched_to_the_same_bits(
    author: str, drawn: list[Rows], quality: str, folder: Path
) -> None:
    """Generated stars with gaps, flags and odd values equal lightkurve's stitch."""
    products = _SERIES[author]
    files = [_write_file(p, rows, folder) for p, rows in zip(products, drawn, strict=False)]
    flux = next(iter(layout_of(products[0]).fluxes))
    ours = stitch_here(files, flux, quality, folder / "star.fits")
    # lightkurve cannot stitch nothing at all.
    assume(len(ours["TIME"]))
    _assert_equal(ours, stitch_there(files, flux, quality))


@pytest.mark.slow
@pytest.mark.parametrize("author", ["Kepler", "SPOC"])
def test_an_all_nan_file_keeps_its_rows_and_an_empty_one_adds_none(
    author: str, tmp_path: Path
) -> None:
    """Rows without flux stay in the output, and a fully flagged file adds none."""
    nan, empty, good = (
        [(np.nan, 1.0, 0, True)] * 7,
        [(5.0, 1.0, 1, True)] * 5,
        [(5.0, 1.0, 0, True)],
    )
    drawn = zip(_SERIES[author], (nan, empty, 9 * good), strict=True)
    files = [_write_file(product, rows, tmp_path) for product, rows in drawn]
    ours = stitch_here(files, "pdcsap", "default", tmp_path / "star.fits")
    _assert_equal(ours, stitch_there(files, "pdcsap", "default"))
    assert len(ours["FLUX"]) == 7 + 9
