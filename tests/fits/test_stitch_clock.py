"""Files of all stars state one clock, which is read beside the light curve."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from preprocessing.core.clock import Clock, ClockReading, merged
from preprocessing.core.clock_key import ClockKey
from preprocessing.fits.stitch import stitch_file
from preprocessing.missions import MISSIONS, Product
from preprocessing.missions.recipe import make_recipe
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.mission_samples import SAMPLES, layout_of, product_of, sample_file, sample_rows
from tests.support.sample_files import FIRST_QUARTER, make_file, make_rows, stars_of_every_mission


def reading(product: Product, body: bytes) -> ClockReading | None:
    recipe = make_recipe(product.mission, product.cadence, None, "none", product.author)
    return stitch_file(body, product, recipe).clock


def key_of(found: ClockReading | None) -> ClockKey | None:
    assert found is not None
    mission = MISSIONS[found.mission]
    return mission.clock_key(found.exposure_s, found.sequence_number, found.detector)


def together(readings: Iterable[ClockReading | None]) -> tuple[dict[ClockKey | None, Clock], int]:
    """Return the clocks, and how many readings were of a clock that another had read."""
    clocks: dict[ClockKey | None, Clock] = {}
    n_shared = 0
    for found in readings:
        key = key_of(found)
        assert found is not None and key is not None
        n_shared += key in clocks
        clocks[key] = merged(clocks.get(key, found.clock), found.clock)
    return clocks, n_shared


@pytest.mark.slow
def test_real_stars_share_their_clock_bit_for_bit(real_files: Path) -> None:
    """Real files never disagree about a cadence, whatever their data release is."""
    files = [file for star in stars_of_every_mission(real_files) for file in star]
    with_clock = [file for file in files if layout_of(file[0]).time_correction]
    clocks, n_shared = together(reading(p, path.read_bytes()) for p, path in with_clock)
    assert n_shared > 10
    assert sum(clock.n_disputed for clock in clocks.values()) == 0


@pytest.mark.slow
def test_synthetic_stars_share_their_clock_bit_for_bit() -> None:
    """The embedded archive's stars have one clock, as those of the missions have."""
    holdings = SyntheticHoldings(3, k2_stars=30, tess_stars=12)
    products = [p for key in holdings.star_keys() for p in holdings.products(key)]
    wanted = {("Kepler", 1), ("K2", 13), ("TESS", 38)}
    chosen = [p for p in products if (p.mission, p.sequence_number) in wanted]
    own = [p for p in chosen if layout_of(p).time_correction and p.exposure_s > 100]
    clocks, n_shared = together(reading(p, holdings.body(p)) for p in own)
    assert {key.mission for key in clocks if key} == {"Kepler", "K2", "TESS"}
    assert n_shared > 5
    assert sum(clock.n_disputed for clock in clocks.values()) == 0


@pytest.mark.parametrize("kind", SAMPLES)
def test_missions_own_files_state_the_clock(kind: str) -> None:
    """The clock is told apart by mission, exposure, stretch and, for TESS, camera and CCD."""
    product = product_of(kind)
    found = reading(product, sample_file(product))
    if product.author not in ("Kepler", "K2", "SPOC", "TESS-SPOC"):
        assert found is None
        return
    detector = (3, 2) if product.mission == "TESS" else ()
    key = ClockKey(product.mission, product.exposure_s, product.sequence_number, detector)
    assert key_of(found) == key


def test_the_clock_is_the_time_less_lights_travel_time() -> None:
    """Rows without a time have none, and rows with flags do."""
    rows = make_rows(9)
    rows["TIMECORR"] = 0.0031
    rows["TIME"][3] = np.nan
    rows["SAP_QUALITY"][5] = 1
    found = reading(FIRST_QUARTER, make_file(rows=rows))
    assert found is not None
    assert found.clock.first == rows["CADENCENO"][0]
    np.testing.assert_array_equal(found.clock.times, rows["TIME"] - rows["TIMECORR"])
    assert np.isnan(found.clock.times).sum() == 1


def test_files_without_a_clock_are_stitched_all_the_same() -> None:
    """No file fails for want of a clock: without the column, the camera, or every cadence."""
    rows = make_rows(9)
    rows["CADENCENO"][4:] += 1
    assert reading(FIRST_QUARTER, make_file(rows=rows)) is None
    assert reading(FIRST_QUARTER, make_file(rows=make_rows(0))) is None
    renamed = make_file(table={f"TTYPE{_place_of('TIMECORR')}": "OTHER"})
    assert reading(FIRST_QUARTER, renamed) is None
    tess = product_of("SPOC")
    assert key_of(reading(tess, sample_file(tess, sample_rows(tess), {"CAMERA": None}))) is None


def _place_of(column: str) -> int:
    return (make_rows(1).dtype.names or ()).index(column) + 1
