"""A file made from arrays has the mission's layout and valid checksums."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.fits.format import ALL_ONES, ones_complement_sum, read_hdus
from preprocessing.simulator.synthesis.header_template import HeaderValue
from preprocessing.simulator.synthesis.mission_file import (
    LIGHT_CURVE_ROW,
    MAX_APERTURE_PIXELS,
    file_size,
    mission_file,
)
from preprocessing.simulator.synthesis.mission_header import (
    APERTURE,
    LIGHT_CURVES,
    PRIMARY,
)

FILLED_IN = {"NAXIS1", "NAXIS2", "NPIXSAP", "CHECKSUM"}


def undefined_values(bands: int) -> dict[str, HeaderValue]:
    templates = (PRIMARY, LIGHT_CURVES[bands], APERTURE)
    keywords = {keyword for template in templates for keyword in template.keywords}
    return dict.fromkeys(keywords - FILLED_IN)


@settings(max_examples=30)
@given(st.integers(0, 300), st.sampled_from([1, 3]), st.integers(1, 26), st.integers(1, 26))
def test_every_checksum_is_valid(n_rows: int, bands: int, height: int, width: int) -> None:
    """Every sum is all ones, and the size follows from the rows alone."""
    rows = np.zeros(n_rows, dtype=LIGHT_CURVE_ROW)
    rows["CADENCENO"] = np.arange(n_rows)
    body = mission_file(undefined_values(bands), rows, np.full((height, width), 3, np.int32))
    assert len(body) == file_size(n_rows)
    hdus = read_hdus(body)
    sums = [ones_complement_sum(body[hdu.start : hdu.end]) for hdu in hdus]
    assert sums == [ALL_ONES] * 3
    assert hdus[1].header.integer("NAXIS2") == n_rows
    assert hdus[2].header.integer("NPIXSAP") == height * width


@pytest.mark.slow
@given(st.floats(allow_nan=False, width=32), st.integers(-(2**31), 2**31 - 1))
def test_rows_and_pixels_are_read_back(flux: float, quality: int) -> None:
    """Astropy reads back the rows and pixels that were written."""
    rows = np.zeros(2, dtype=LIGHT_CURVE_ROW)
    rows["PDCSAP_FLUX"] = flux, np.nan
    rows["SAP_QUALITY"] = quality
    pixels = np.array([[0, 1], [3, 15]], dtype=np.int32)
    with fits.open(io.BytesIO(mission_file(undefined_values(1), rows, pixels))) as hdus:
        assert hdus[1].data["PDCSAP_FLUX"] == pytest.approx([flux, np.nan], nan_ok=True)
        assert (hdus[1].data["SAP_QUALITY"] == quality).all()
        assert (hdus[2].data == pixels).all()


def test_an_aperture_that_would_change_the_size_is_refused() -> None:
    """An aperture larger than a block is refused."""
    pixels = np.zeros((1, MAX_APERTURE_PIXELS + 1), dtype=np.int32)
    with pytest.raises(ValueError, match="721 pixels"):
        mission_file(undefined_values(1), np.zeros(1, dtype=LIGHT_CURVE_ROW), pixels)


@pytest.mark.slow
def test_sizes_are_those_of_the_mission_files(real_files: Path) -> None:
    """Every real file of the final release is as long as its rows say."""
    sizes = {}
    for path in sorted((real_files / "kepler").glob("*/*.fits")):
        header = fits.getheader(path, 1)
        if fits.getheader(path)["DATA_REL"] == 25:
            sizes[path.name] = (path.stat().st_size, file_size(header["NAXIS2"]))
    assert len(sizes) > 30
    assert all(size == expected for size, expected in sizes.values())
