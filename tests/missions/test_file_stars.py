"""Names, addresses and folders of files say which star they are of."""

from __future__ import annotations

import pytest

from preprocessing.missions.file_stars import products_in, star_in

_KEPLER = "kplr008644288-2009131105131_llc.fits"
_TESS = "tess2018206045859-s0001-0000000025155310-0120-s_lc.fits"


@pytest.mark.parametrize(
    ("line", "star"),
    [
        (_KEPLER, "KIC 8644288"),
        (f"{_KEPLER}.gz", "KIC 8644288"),
        ("kplr008644288-2009131105131_lpd-targ.fits.gz", "KIC 8644288"),
        ("kplr008644288_lc_Q111111110111011101", "KIC 8644288"),
        (f"wget -O x/{_KEPLER} 'https://host/{_KEPLER}'", "KIC 8644288"),
        (f"C:\\data\\{_KEPLER}", "KIC 8644288"),
        ("https://host/missions/kepler/lightcurves/0086/008644288/", "KIC 8644288"),
        ("ktwo206103150-c03_lpd-targ.fits.gz", "EPIC 206103150"),
        ("https://host/hlsps/k2sff/c03/206100000/03150/", "EPIC 206103150"),
        ("hlsp_everest_k2_llc_206103150-c03_kepler_v2.0_lc.fits", "EPIC 206103150"),
        (_TESS, "TIC 25155310"),
        (f"https://host/file/?uri=mast%3ATESS%2Fproduct%2F{_TESS}", "TIC 25155310"),
        ("tess2018206190142-s0001-s0001-0000000025155310-00106_dvt.fits", "TIC 25155310"),
        ("https://host/tid/s0001/0000/0000/2515/5310", "TIC 25155310"),
        ("hlsp_qlp_tess_ffi_s0056-0000000025155310_tess_v01", "TIC 25155310"),
        ("data/raw/TIC_25155310_qlp.fits", "TIC 25155310"),
        # A thousand stars, a number of Gaia's, no star's number, and what is no file at all.
        ("c3/206000000/03000", None),
        (
            "hlsp_cdips_tess_ffi_gaiatwo0005290781442184169216-0006-cam1-ccd1_tess_v01_llc.fits",
            None,
        ),
        ("hlsp_tglc_tess_ffi_gaiaid-1234567890123456-s0001-cam1-ccd1_tess_v1_other.fits", None),
        ("kplr000000000-2009131105131_llc.fits", None),
        ("2020/12/03", None),
        ("KIC 8644288", None),
        ("a.b/c_d", None),
        ("", None),
    ],
)
def test_the_star_of_a_line(line: str, star: str | None) -> None:
    """Light curves, other files and folders name their star; other lines name none."""
    assert star_in(line) == star


def test_the_light_curves_of_a_line() -> None:
    """Each light curve that a line names is yielded once, and no other file."""
    line = f"curl -o {_KEPLER} https://host/{_KEPLER} && cp {_TESS}.gz kplr008644288_dvt.fits"
    assert [product.file_name for product in products_in(line)] == [_KEPLER, _TESS]
