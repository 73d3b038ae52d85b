"""What is recorded of a star agrees with its flags, its noise, and itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.missions import LONG
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from preprocessing.simulator.synthesis.mission_calendar import cadence_span, season_of
from preprocessing.simulator.synthesis.photometry import aperture_of, photometer, relative_flux
from preprocessing.simulator.synthesis.population import Population, Star

POPULATION = Population(2000)


def example(name: str) -> Star:
    return POPULATION.star(POPULATION.index_of(POPULATION.examples()[name]))


def table(star: Star, quarter: int) -> np.ndarray:
    span = cadence_span(kepler_product(LONG_STAMPS[quarter][0], star.number, LONG))
    aperture = aperture_of(star, season_of(quarter), 0)
    return photometer(star, span, aperture, np.random.default_rng(quarter))


@settings(max_examples=25)
@given(st.integers(0, 1999), st.integers(0, 17))
def test_rows_are_consistent(index: int, quarter: int) -> None:
    """Numbers are consecutive, times rise, and no flux lacks its source or time."""
    rows = table(POPULATION.star(index), quarter)
    assert (np.diff(rows["CADENCENO"]) == 1).all()
    times = rows["TIME"][np.isfinite(rows["TIME"])]
    assert (np.diff(times) > 0.02).all()
    assert not (np.isfinite(rows["PDCSAP_FLUX"]) & np.isnan(rows["SAP_FLUX"])).any()
    assert not (np.isfinite(rows["SAP_FLUX"]) & np.isnan(rows["TIME"])).any()
    assert (np.isnan(rows["TIME"]) == ((rows["SAP_QUALITY"] & 65536) != 0)).all()


def test_noise_is_as_large_as_the_error_column_says() -> None:
    """The scatter from row to row of a quiet star is its flux error."""
    rows = table(example("faint"), 5)
    flux = rows["PDCSAP_FLUX"][np.isfinite(rows["PDCSAP_FLUX"])].astype(float)
    scatter = np.std(np.diff(flux)) / np.sqrt(2)
    assert scatter == pytest.approx(np.nanmedian(rows["PDCSAP_FLUX_ERR"]), rel=0.1)


def test_a_star_like_kic_8644288_is_as_noisy() -> None:
    """The noise at magnitude 13.55 is 134 ppm, as in the real files."""
    star = POPULATION.star(23)
    rows = table(star, 5)
    ppm = 1e6 * np.nanmedian(rows["PDCSAP_FLUX_ERR"] / rows["PDCSAP_FLUX"])
    assert 100 < ppm * 10 ** (-0.2 * (star.kepmag - 13.55)) < 180


def test_drift_is_in_sap_flux_and_corrected_in_pdcsap_flux() -> None:
    """A quiet star's corrected flux varies several times less."""
    rows = table(example("many_quarters"), 5)
    sap, pdcsap = (rows[column].astype(float) for column in ("SAP_FLUX", "PDCSAP_FLUX"))
    assert np.nanstd(sap) / np.nanmedian(sap) > 4 * np.nanstd(pdcsap) / np.nanmedian(pdcsap)


def test_a_quarter_without_pdcsap_flux() -> None:
    """One quarter of a star has SAP flux without PDCSAP flux, and the next has both."""
    star = example("all_nan_quarter")
    assert star.quarter_without_pdcsap is not None
    lost, whole = (table(star, star.quarter_without_pdcsap + step) for step in (0, 1))
    assert np.isnan(lost["PDCSAP_FLUX"]).all()
    assert np.isfinite(lost["SAP_FLUX"]).mean() > 0.9
    assert np.isfinite(whole["PDCSAP_FLUX"]).mean() > 0.9


def test_a_quarter_with_a_negative_median() -> None:
    """One quarter of a faint star is negative in both columns, and the next is not."""
    star = example("negative_median")
    assert star.quarter_below_zero is not None
    below, above = (table(star, star.quarter_below_zero + step) for step in (0, 1))
    for column in ("SAP_FLUX", "PDCSAP_FLUX"):
        assert np.nanmedian(below[column]) < 0 < np.nanmedian(above[column])


def test_the_model_runs_on_through_quarters() -> None:
    """A star's light at a time is the same whichever file the time stands in."""
    star = example("planet")
    time = np.linspace(300, 400, 500)
    whole = relative_flux(star, time, 0.02)
    parts = [relative_flux(star, part, 0.02) for part in np.split(time, [200])]
    assert whole == pytest.approx(np.concatenate(parts), abs=1e-12)
