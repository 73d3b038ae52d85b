"""Rows of observations and products are as MAST has them for each mission and author."""

from __future__ import annotations

from typing import Any

import pytest

from preprocessing.missions import MISSIONS, Product, parse_file_name
from preprocessing.missions.targets import star_key
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.portal import PortalService
from preprocessing.simulator.rows import key_of_obsid, observation_rows, product_rows, target_name
from tests.support.fake_holdings import FakeHoldings, held_star

_EPIC, _TIC = 247589423, 25155310
_K2_NAMES = (
    f"ktwo{_EPIC}-c91_llc.fits",
    f"ktwo{_EPIC}-c92_llc.fits",
    f"ktwo{_EPIC}-c102_llc.fits",
    f"ktwo{_EPIC}-c13_llc.fits",
    f"ktwo{_EPIC}-c13_slc.fits",
    f"hlsp_k2sff_k2_lightcurve_{_EPIC}-c91_kepler_v1_llc.fits",
)
_TESS_NAMES = (
    f"tess2018206045859-s0001-{_TIC:016d}-0120-s_lc.fits",
    f"tess2020238165205-s0029-{_TIC:016d}-0193-s_lc.fits",
    f"tess2020238165205-s0029-{_TIC:016d}-0193-a_fast-lc.fits",
    f"hlsp_tess-spoc_tess_phot_{_TIC:016d}-s0026_tess_v1_lc.fits",
    f"hlsp_tess-spoc_tess_phot_{_TIC:016d}-s0040_tess_v1_lc.fits",
    f"hlsp_tess-spoc_tess_phot_{_TIC:016d}-s0056_tess_v1_lc.fits",
    f"hlsp_qlp_tess_ffi_s0026-{_TIC:016d}_tess_v01_llc.fits",
)


def _star(number: int, *names: str) -> HeldStar:
    return HeldStar(number, 70.0, 20.0, (), tuple(map(_product, names)))


def _product(name: str) -> Product:
    product = parse_file_name(name)
    assert product is not None
    return product


_K2, _TESS = _star(_EPIC, *_K2_NAMES), _star(_TIC, *_TESS_NAMES)


@pytest.fixture
def portal() -> PortalService:
    """Return a portal of three stars, one of each mission."""
    return PortalService(FakeHoldings(held_star(757076), _K2, _TESS))


def _table(star: HeldStar, *columns: str) -> dict[str, tuple[Any, ...]]:
    rows = observation_rows(star)
    return {row["obs_id"]: tuple(row[column] for column in columns) for row in rows}


def test_campaigns_are_observations() -> None:
    """Both halves of a campaign are one; the sequence number is the whole campaign's."""
    rows = _table(_K2, "obs_collection", "provenance_name", "sequence_number", "t_exptime")
    assert rows == {
        f"ktwo{_EPIC}-c09_lc": ("K2", "K2", 9, 1800.0),
        f"ktwo{_EPIC}-c10_lc": ("K2", "K2", 10, 1800.0),
        f"ktwo{_EPIC}-c13_lc": ("K2", "K2", 13, 1800.0),
        f"ktwo{_EPIC}-c13_sc": ("K2", "K2", 13, 60.0),
        f"hlsp_k2sff_k2_lightcurve_{_EPIC}-c91_kepler_v1_llc": ("HLSP", "K2SFF", 9, 1800.0),
    }
    assert set(_table(_K2, "project", "target_name").values()) == {("K2", f"ktwo{_EPIC}")}


def test_sectors_are_observations() -> None:
    """A sector, exposure time and author make one observation of a bare number."""
    rows = _table(_TESS, "obs_collection", "provenance_name", "sequence_number", "t_exptime")
    hlsp = f"hlsp_tess-spoc_tess_phot_{_TIC:016d}"
    assert rows == {
        f"tess2018206045859-s0001-{_TIC:016d}-0120-s": ("TESS", "SPOC", 1, 120.0),
        f"tess2020238165205-s0029-{_TIC:016d}-0193-s": ("TESS", "SPOC", 29, 120.0),
        f"tess2020238165205-s0029-{_TIC:016d}-0193-a_fast": ("TESS", "SPOC", 29, 20.0),
        f"{hlsp}-s0026_tess_v1_tp": ("HLSP", "TESS-SPOC", 26, 1800.0),
        f"{hlsp}-s0040_tess_v1_tp": ("HLSP", "TESS-SPOC", 40, 600.0),
        f"{hlsp}-s0056_tess_v1_tp": ("HLSP", "TESS-SPOC", 56, 200.0),
        f"hlsp_qlp_tess_ffi_s0026-{_TIC:016d}_tess_v01_llc": ("HLSP", "QLP", 26, 1800.0),
    }
    assert set(_table(_TESS, "project", "target_name").values()) == {("TESS", str(_TIC))}


def test_times_are_those_of_the_observation() -> None:
    """Campaigns and sectors follow each other, by name or by number."""
    spoc = _table(_TESS, "t_min", "t_max")[f"tess2018206045859-s0001-{_TIC:016d}-0120-s"]
    assert spoc == pytest.approx((58324.2, 58351.5), abs=0.1)
    halves = _table(_K2, "t_min", "t_max")[f"ktwo{_EPIC}-c09_lc"]
    assert halves == pytest.approx((57500.6, 57571.9), abs=0.1)


@pytest.mark.parametrize("star", [_K2, _TESS, held_star(757076, short_quarters=(2,))])
def test_products_belong_to_their_observation(star: HeldStar) -> None:
    """Every file is listed once, with its observation's ids and an address that works."""
    names = []
    for row in observation_rows(star):
        assert key_of_obsid(row["obsid"]) == star.key
        for product in product_rows(star, row["obsid"], lambda p: 42):
            assert product["obs_id"] == row["obs_id"]
            assert product["obs_collection"] == row["obs_collection"]
            assert product["dataURI"].endswith(f"/{product['productFilename']}")
            assert product["size"] == 42
            names.append(product["productFilename"])
    assert sorted(names) == sorted(product.file_name for product in star.products)


def test_halves_of_a_campaign_are_listed_by_their_own_names() -> None:
    """The observation is of campaign 9, its two files of 91 and 92."""
    (row,) = (r for r in observation_rows(_K2) if r["obs_id"] == f"ktwo{_EPIC}-c09_lc")
    products = product_rows(_K2, row["obsid"], lambda p: 1)
    assert [p["productFilename"] for p in products] == list(_K2_NAMES[:2])
    assert products[0]["description"] == "Lightcurve Long Cadence (KLC) - C91"
    assert products[0]["productSubGroupDescription"] == "LLC"


def test_an_observation_that_is_not_there() -> None:
    """An unknown observation has no files, though the star has others."""
    assert product_rows(_TESS, 10**15 + 1000 * _TIC + 999, lambda p: 1) == []


def test_target_names_of_all_missions() -> None:
    """Target names are those that lightkurve's exact searches use."""
    assert target_name(MISSIONS["K2"], 206103150) == "ktwo206103150"
    assert target_name(MISSIONS["TESS"], 42) == "42"


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ({"project": ["K2"]}, 5),
        ({"project": ["TESS"]}, 7),
        ({"project": ["Kepler", "K2", "TESS"]}, 13),
        ({"obs_collection": ["HLSP"]}, 5),
        ({"project": ["TESS"], "provenance_name": ["spoc"]}, 3),
        ({"provenance_name": ["TESS-SPOC", "QLP"]}, 4),
        ({"provenance_name": ["TESS"]}, 0),
        ({"sequence_number": ["26"]}, 2),
        ({"project": ["TESS"], "sequence_number": [{"min": 29, "max": 40}]}, 3),
        ({"project": ["K2"], "sequence_number": ["9"]}, 2),
        ({"project": ["K2"], "sequence_number": ["91"]}, 0),
        ({"target_name": [str(_TIC)]}, 7),
        ({"target_name": [f"ktwo{_EPIC}", "kplr000757076"]}, 6),
        ({"target_name": [str(_EPIC)]}, 0),
        ({"target_name": [f"0{_TIC}"]}, 0),
        ({"target_name": [str(_TIC)], "project": ["K2"]}, 0),
        ({"dataproduct_type": ["cube", "timeseries"], "project": ["TESS"]}, 7),
        ({"dataproduct_type": ["cube"]}, 0),
        ({"t_exptime": [{"min": 19, "max": 21}]}, 1),
    ],
)
def test_filters(portal: PortalService, filters: dict[str, list[Any]], rows: int) -> None:
    """Each mission is found by what MAST's rows of it say, and by nothing else."""
    entries = [{"paramName": name, "values": values} for name, values in filters.items()]
    request = {"service": "Mast.Caom.Filtered", "params": {"columns": "*", "filters": entries}}
    assert len(portal.invoke(request)["data"]) == rows


def test_a_circle_holds_stars_of_several_missions(portal: PortalService) -> None:
    """Two stars at one position are told apart by their missions' observations."""
    params = {"ra": 70.0, "dec": 20.0, "radius": 0.001}
    found = portal.invoke({"service": "Mast.Caom.Cone", "params": params})["data"]
    assert {row["target_name"] for row in found} == {f"ktwo{_EPIC}", str(_TIC)}
    assert {key_of_obsid(row["obsid"]) for row in found} == {
        star_key("EPIC", _EPIC),
        star_key("TIC", _TIC),
    }
