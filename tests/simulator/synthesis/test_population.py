"""The population follows from its seed, and holds every sort of star."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions import LONG, SHORT
from preprocessing.simulator.synthesis.population import FIRST_KIC, Population
from preprocessing.simulator.synthesis.stars import KINDS

LARGE = Population(20_000)
LARGE_KICS = LARGE.star_keys()
indices = st.integers(0, len(LARGE) - 1)


@given(st.integers(0, len(LARGE) - 2))
def test_numbers_rise_irregularly_and_lead_back(index: int) -> None:
    """Numbers ascend beyond the catalog's and give back their index."""
    number, following = LARGE_KICS[index : index + 2]
    assert FIRST_KIC <= number < following <= number + 13
    assert LARGE.index_of(number) == index


def test_numbers_have_gaps() -> None:
    """Not every step from one number to the next is the same."""
    kics = Population(50).star_keys()
    assert kics[0] == FIRST_KIC
    assert len({after - before for before, after in pairwise(kics)}) > 2


@given(st.integers(-(10**9), 10**9))
def test_no_other_number_is_a_star(number: int) -> None:
    """A number that is not listed raises KeyError."""
    population = Population(20)
    if number in population.star_keys():
        assert population.star_keys()[population.index_of(number)] == number
    else:
        with pytest.raises(KeyError):
            population.index_of(number)


@pytest.mark.slow
@given(indices, st.integers(0, 1000))
def test_a_star_does_not_depend_on_how_many_there_are(index: int, seed: int) -> None:
    """Populations of one seed agree in the stars they share."""
    small, large = Population(index + 1, seed), Population(index + 500, seed)
    assert small.products(index) == large.products(index)
    assert small.star(index).position == large.star(index).position
    assert small.star(index).variability.transit == large.star(index).variability.transit


@given(indices)
def test_every_star_has_files_in_time_order(index: int) -> None:
    """Every star has at least one file, without repeats, long cadence first, in time order."""
    _, products = LARGE.products(index)
    assert len(set(products)) == len(products) > 0
    products = tuple(p for p in products if p.author == "Kepler")
    long = [p.stamp for p in products if p.cadence == LONG]
    short = [p.stamp for p in products if p.cadence == SHORT]
    assert [p.stamp for p in products] == sorted(long) + sorted(short)


@given(indices)
def test_module_3_stars_lose_their_quarters(index: int) -> None:
    """They have the short Q4 file and none when they would be on the dead module again."""
    place, products = LARGE.products(index)
    stamps = {p.stamp for p in products if p.cadence == LONG and p.sequence_number == 4}
    assert stamps <= {"2010009091648" if place.on_module_3 else "2010078095331"}
    if place.on_module_3:
        assert not {8, 12, 16} & {p.sequence_number for p in products}


@pytest.mark.parametrize("n_quarters", [1, 17, 18])
def test_a_fixed_number_of_quarters(n_quarters: int) -> None:
    """Every star has the fixed number of long-cadence quarters and no months."""
    population = Population(100, n_quarters=n_quarters)
    for index in range(100):
        place, products = population.products(index)
        assert not place.on_module_3
        assert {p.cadence for p in products} == {LONG}
        assert len({p.sequence_number for p in products}) == n_quarters
        star = population.star(index)
        assert star.quarter_without_pdcsap is star.quarter_below_zero is None


def test_examples_are_what_they_are_called() -> None:
    """Each example has the files that its name promises."""
    population = Population(100)
    coverage = {
        name: population.coverage(population.index_of(kic))
        for name, kic in population.examples().items()
    }
    places = {
        name: population.position(population.index_of(kic))
        for name, kic in population.examples().items()
    }
    assert len(coverage["many_quarters"].long_quarters) == 17
    assert len(coverage["single_quarter"].long_quarters) == 1
    gaps = coverage["gaps"].long_quarters
    assert max(after - before for before, after in pairwise(gaps)) > 4
    assert places["module_3"].on_module_3
    assert coverage["short_cadence"].long_quarters
    assert coverage["short_cadence"].short_months
    assert not coverage["short_cadence_only"].long_quarters
    assert len(coverage["all_short_months"].short_months) == 49
    assert (4, 1) in coverage["module_3_month"].short_months


def test_a_neighbor_stands_within_four_arc_seconds() -> None:
    """The star after the example lies within four arc seconds and has its own name."""
    population = Population(100)
    index = population.index_of(population.examples()["neighbors"])
    first, second = population.position(index), population.position(index + 1)
    east = (first.ra_deg - second.ra_deg) * math.cos(math.radians(first.dec_deg))
    assert 1 < 3600 * math.hypot(east, first.dec_deg - second.dec_deg) < 4
    assert population.name(index) != population.name(index + 1)


def test_small_populations_leave_examples_out() -> None:
    """A small population lists only the examples that it holds."""
    population = Population(3)
    assert set(population.examples().values()) <= set(population.star_keys())


def test_the_first_twenty_show_what_there_is() -> None:
    """The first twenty stars are of all kinds and mostly have many quarters."""
    population = Population(20)
    stars = [population.star(index) for index in range(20)]
    assert {star.kind for star in stars} == set(KINDS)
    many = [len(population.coverage(index).long_quarters) >= 14 for index in range(20)]
    assert sum(many) >= 17


@pytest.mark.parametrize(
    "arguments", [(-1, 0, None), (1, -1, None), (1, 0, 0), (1, 0, 19)], ids=str
)
def test_arguments_out_of_range(arguments: tuple[int, int, int | None]) -> None:
    """Negative numbers and impossible quarters are refused."""
    with pytest.raises(ValueError, match=r"must not be negative|not 1 to 18"):
        Population(*arguments)
