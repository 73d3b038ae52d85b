"""Names and folders of the authors whom `any` prefers last, as the archive has them."""

from __future__ import annotations

import pytest

from preprocessing.missions import Product, author_of, parse_file_name

_TGLC = "hlsp_tglc_tess_ffi_gaiaid-{}-s0001-cam2-ccd1_tess_v1_llc.fits"
#: Paths at https://archive.stsci.edu/hlsps, as lightkurve's own tests and the authors' scripts
#: have them, with the star's number.
_PATHS = {
    "gsfc-eleanor-lite/s0001/0000/0003/3673/2616/"
    "hlsp_gsfc-eleanor-lite_tess_ffi_s0001-0000000336732616_tess_v1.0_lc.fits": 336732616,
    "tasoc/s0001/c1800/0000/0001/5044/1810/"
    "hlsp_tasoc_tess_ffi_tic00150441810-s0001-cam4-ccd4-c1800_tess_v05_ens-lc.fits": 150441810,
    "pathos/s0008/hlsp_pathos_tess_lightcurve_tic-0093270923-s0008_tess_v1_llc.fits": 93270923,
    "everest/v2/c92/221300000/12395/"
    "hlsp_everest_k2_llc_221312395-c92_kepler_v2.0_lc.fits": 221312395,
    "kepseismic/001200000/92147/80d-filter/"
    "hlsp_kepseismic_kepler_phot_kplr001292147-80d_kepler_v1_cor-filt-inp.fits": 1292147,
    f"tglc/s0001/cam2-ccd1/0063/9919/6263/9391/{_TGLC.format(6399196263939178880)}": 0,
}
_NAMES = [path.rpartition("/")[2] for path in _PATHS]


def _product(name: str, number: int = 7) -> Product:
    product = parse_file_name(name, number)
    assert product is not None, name
    return product


@pytest.mark.parametrize(("path", "number"), _PATHS.items())
def test_names_lead_to_addresses_and_folders(path: str, number: int) -> None:
    """A name gives the star, MAST's address, and the folder that the star's number gives."""
    product = _product(path.rpartition("/")[2])
    assert product.number == number or number == 0
    assert product.uri == f"mast:HLSP/{path}"
    layout = author_of(product).archive_layout
    assert layout is not None
    folder = product.path.rpartition("/")[0]
    if author_of(product).is_found_by_number:
        assert any(folder.endswith(below) for below in layout.folders(product.number))
    else:
        assert layout.folders(product.number) == ()


@pytest.mark.parametrize(
    "name",
    [
        "hlsp_tasoc_tess_ffi_tic0150441810-s0001-cam4-ccd4-c1800_tess_v05_ens-lc.fits",
        "hlsp_tasoc_tess_ffi_tic00150441810-s0001-cam4-ccd4-c1801_tess_v05_ens-lc.fits",
        "hlsp_tasoc_tess_ffi_tic00150441810-s0001-cam4-ccd4-c1800_tess_v05_ens-lc.fits.gzip",
        "hlsp_pathos_tess_lightcurve_tic-00093270923-s0008_tess_v1_llc.fits",
        "hlsp_pathos_tess_lightcurve_tic-0093270923-s0008_tess_v1_llc.txt",
        "hlsp_gsfc-eleanor-lite_tess_ffi_s0001-336732616_tess_v1.0_lc.fits",
        "hlsp_everest_k2_llc_221312395-c92_kepler_v2_lc.fits",
        "hlsp_kepseismic_kepler_phot_kplr001292147-30d_kepler_v1_cor-filt-inp.fits",
        _TGLC.format("06399196263939178880"),
    ],
)
def test_names_that_are_only_similar_are_nobodys(name: str) -> None:
    """Each star has one spelling, and other products of an author are no light curves."""
    assert parse_file_name(name, 7) is None


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (_TGLC.format(11), _TGLC.format(11).replace("_v1_", "_v2_")),
        *(
            (name, name.replace(old, new))
            for name, old, new in (
                (_NAMES[0], "_v1.0", "_v2.0"),
                (_NAMES[1], "_v05", "_v06"),
                (_NAMES[2], "_v1_", "_v10_"),
                (_NAMES[3], "_v2.0", "_v2.1"),
                (_NAMES[4], "_v1_", "_v2_"),
            )
        ),
    ],
)
def test_a_later_version_sorts_last(older: str, newer: str) -> None:
    """Of two versions of a light curve, the later one counts."""
    products = [_product(older), _product(newer)]
    assert sorted(products, key=lambda product: product.sort_key) == products
    assert products[0].stamp < products[1].stamp


def test_exposures_of_tasoc_are_told_by_the_name() -> None:
    """TASOC has light curves of every exposure time of TESS."""
    name = _NAMES[1]
    cadences = {
        seconds: _product(name.replace("c1800", f"c{seconds:04d}"))
        for seconds in (20, 120, 200, 600, 1800)
    }
    assert [product.cadence for product in cadences.values()] == ["fast", "short"] + ["long"] * 3
    assert all(product.exposure_s == seconds for seconds, product in cadences.items())
