"""A survey has the shares of catalogs, and strange stars whose amplitudes are as the truth says."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from preprocessing.missions.kepler import KEPLER
from preprocessing.simulator.synthesis.mission_calendar import CADENCE_D
from preprocessing.simulator.synthesis.observed_days import observed_days
from preprocessing.simulator.synthesis.photometry import relative_flux
from preprocessing.simulator.synthesis.published_tables import published_tables
from preprocessing.simulator.synthesis.stellar_tables import stellar_tables
from preprocessing.simulator.synthesis.survey_kinds import PULSATORS, STRANGE
from preprocessing.simulator.synthesis.survey_population import SurveyPopulation
from preprocessing.simulator.synthesis.survey_truth import SurveyTruthRow
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.simulator.synthesis.truth import write_truth_table

N_STARS = 300
HOLDINGS = SyntheticHoldings(N_STARS, survey=True)


@pytest.fixture(scope="module")
def truth() -> list[SurveyTruthRow]:
    rows = [row for row in HOLDINGS.truth() if isinstance(row, SurveyTruthRow)]
    assert len(rows) == N_STARS
    return rows


def test_each_hundred_stars_have_the_shares(truth: list[SurveyTruthRow]) -> None:
    """A quarter rotates; pulsators, binaries, hosts and strange stars are two in a hundred each."""
    for start in range(0, N_STARS, 100):
        kinds = Counter(row.kind for row in truth[start : start + 100])
        assert kinds["rotator"] == 25
        assert kinds["planet"] == kinds["eclipsing_binary"] + kinds["contact_binary"] == 2
        assert sum(kinds[kind] for kind in set(PULSATORS)) == 2
        assert sum(kinds[kind] for kind in STRANGE) == 2
    assert {row.kind for row in truth if row.is_strange} == set(STRANGE)


@pytest.mark.slow
def test_a_star_is_the_same_in_a_longer_survey(truth: list[SurveyTruthRow]) -> None:
    """Star and bytes depend on number and seed alone; no other star has its number."""
    longer, key = SyntheticHoldings(N_STARS + 100, survey=True), HOLDINGS.star_keys()[7]
    product = HOLDINGS.products(key)[0]
    assert longer.body(product) == HOLDINGS.body(product)
    assert longer.truth()[7] == truth[7]
    assert SyntheticHoldings(N_STARS, 1, survey=True).body(product) != HOLDINGS.body(product)
    assert key in KEPLER.synthetic_numbers
    assert not set(HOLDINGS.star_keys()) & set(SyntheticHoldings(N_STARS).star_keys())


def test_strange_amplitudes_are_seen_as_the_truth_has_them(truth: list[SurveyTruthRow]) -> None:
    """The largest change of light in the file is 3 to 300 times the noise, as the table says."""
    population, days = SurveyPopulation(N_STARS), observed_days(5)
    for index, row in enumerate(truth):
        if row.is_strange:
            light = np.ones(len(days))
            for change in population.survey_star(index).drawn.variability.changes:
                light *= 1 + change(days, CADENCE_D["long"])
            seen_ppm = 1e6 * np.abs(light - 1).max()
            assert row.amplitude_over_noise is not None
            assert 3 <= row.amplitude_over_noise <= 300
            told_ppm = row.amplitude_over_noise * row.noise_ppm
            assert 0.8 * told_ppm < seen_ppm < 1.6 * told_ppm, row


@pytest.mark.slow
def test_the_noise_is_that_of_the_light(truth: list[SurveyTruthRow]) -> None:
    """Exposures of quiet stars without faults scatter as the table says."""
    quiet = [row for row in truth if row.kind == "quiet" and not row.spacecraft_faults][:10]
    for row in quiet:
        body = HOLDINGS.body(HOLDINGS.products(row.number)[0])
        with fits.open(io.BytesIO(body)) as hdus:
            flux = np.asarray(hdus[1].data["PDCSAP_FLUX"], np.float64)
        flux = flux[np.isfinite(flux)]
        # A trend of some days is the correction's.
        residual = flux[: len(flux) // 48 * 48].reshape(-1, 48) / np.median(flux)
        residual -= residual.mean(axis=1, keepdims=True)
        assert 1e6 * residual.std() == pytest.approx(row.noise_ppm, rel=0.2)


def test_rolling_bands_are_flagged_and_glitches_come_to_a_whole_channel(
    truth: list[SurveyTruthRow],
) -> None:
    """The flag of the rolling band is where the light has it; glitches have one time a channel."""
    population = SurveyPopulation(N_STARS)
    stars = [population.survey_star(index) for index in range(N_STARS)]
    by_name = {
        name: [s for s in stars if s.faults and s.faults[-1].name == name]
        for name in ("rolling_band", "channel_glitch")
    }
    banded = by_name["rolling_band"][0]
    flag = banded.star.variability.flagged[0]
    body = HOLDINGS.body(HOLDINGS.products(banded.star.number)[0])
    with fits.open(io.BytesIO(body)) as hdus:
        time, quality = hdus[1].data["TIME"], hdus[1].data["SAP_QUALITY"]
    within = (time > flag.start_bkjd) & (time < flag.end_bkjd)
    assert within.any()
    assert (quality[within] & flag.bits == flag.bits).all()
    days = observed_days(5)
    jumps = {
        float(days[np.argmax(np.abs(star.faults[-1].change(days, 0.02)))])
        for star in by_name["channel_glitch"]
    }
    assert len(by_name["channel_glitch"]) > 2 * len(jumps)


@pytest.mark.slow
def test_catalogs_know_most_of_the_ordinary_and_none_of_the_strange(
    truth: list[SurveyTruthRow],
) -> None:
    """Published tables list most hosts, binaries and rotators, and no strange star."""
    tables = {
        table.name: {row[0] for row in table.rows}
        for table in (*stellar_tables(HOLDINGS), *published_tables(HOLDINGS))
    }
    rotators = {row.number for row in truth if row.kind == "rotator"}
    assert tables["J/ApJS/211/24/table1"] < rotators
    assert 0.75 < len(tables["J/ApJS/211/24/table1"]) / len(rotators) < 0.95
    binaries = {row.number for row in truth if row.kind.endswith("_binary")}
    assert 0.8 < len(tables["J/AJ/151/68/catalog"]) / len(binaries) <= 1
    hosts = {row.number for row in truth if row.kind == "planet"}
    assert 0.6 < len(tables["cumulative"] & hosts) / len(hosts) <= 1
    strange = {row.number for row in truth if row.is_strange}
    assert not strange & set().union(
        *(rows for name, rows in tables.items() if "stellar" not in name)
    )
    assert strange < tables["keplerstellar"]


def test_the_table_of_a_survey_has_its_columns(tmp_path: Path) -> None:
    """Stars of other missions beside a survey have its columns empty."""
    holdings = SyntheticHoldings(3, survey=True, k2_stars=1)
    write_truth_table(holdings.truth(), tmp_path / "truth.csv")
    with (tmp_path / "truth.csv").open(newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["is_strange"] for line in lines] == ["False"] * 3 + [""]


@pytest.mark.slow
def test_several_quarters(truth: list[SurveyTruthRow]) -> None:
    """A survey of more quarters has as many files a star, and a largest event in one of them."""
    holdings = SyntheticHoldings(100, 3, 4, survey=True)
    assert {len(holdings.products(key)) for key in holdings.star_keys()} == {4}
    population = SurveyPopulation(100, 3, 4)
    days = np.concatenate([observed_days(q) for q in population.coverage(0).long_quarters])
    for index, row in enumerate(holdings.truth()):
        assert isinstance(row, SurveyTruthRow)
        if row.is_strange:
            light = relative_flux(population.star(index), days, CADENCE_D["long"])
            assert np.abs(light - 1).max() > 0.8e-6 * (row.amplitude_ppm or 0)
