"""A selection chooses stars, orders them and says why."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.catalog.columns import catalog_layout
from preprocessing.catalog.mix import Share
from preprocessing.catalog.selection import MIX, Selection, SelectionRequest, choose
from preprocessing.catalog.strategies import STRATEGIES, rank_by
from preprocessing.core.errors import UsageError
from preprocessing.missions.recipe import make_recipe
from tests.support.small_catalog import catalog_of

LONG = make_recipe()
Stars = Sequence[Mapping[str, Any]]

#: What each strategy promises of every star that it chooses.
PROMISES: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "any": lambda star: True,
    "random": lambda star: True,
    "brightest": lambda star: star["kepmag"] is not None,
    "quietest": lambda star: star["cdpp"] is not None and star["cdpp"] > 0,
    "most-quarters": lambda star: True,
    "known-planets": lambda star: star["n_planets"] > 0,
    "candidates": lambda star: star["n_candidates"] > 0,
    "no-planets": lambda star: star["disposition"] == "NONE",
    "sun-like": lambda star: 5100 <= star["teff"] <= 6000 and star["logg"] >= 4.0,
    "m-dwarfs": lambda star: 2300 <= star["teff"] <= 3900 and star["logg"] >= 4.0,
}


def _some(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


STARS = st.lists(
    st.fixed_dictionaries(
        {
            "kepmag": _some([None, 9.5, 12.0, 12.0, 15.25]),
            "teff": _some([None, 2800.0, 3900.0, 5100.0, 5772.0, 6000.0, 6001.0]),
            "logg": _some([None, 2.5, 4.0, 4.6]),
            "cdpp": _some([None, 0.0, 17.5, 40.0]),
            "nquarters": _some([0, 1, 17]),
            "disposition": _some([None, "NONE", "CONFIRMED", "CANDIDATE", "FALSE POSITIVE"]),
            "n_planets": _some([None, 0, 1, 4]),
            "n_candidates": _some([None, 0, 1]),
        }
    ),
    max_size=20,
)


def _choose(stars: Sequence[Mapping[str, Any]], request: SelectionRequest) -> Selection | None:
    """Return what is chosen; None if nothing is."""
    try:
        return choose(request, catalog_of(stars), LONG)
    except UsageError as error:
        assert str(error).startswith("no star in")
        return None


def _numbers(selection: Selection | None) -> list[int]:
    return [] if selection is None else [int(s.name.removeprefix("KIC ")) for s in selection.stars]


@pytest.mark.slow
@given(stars=STARS, strategy=_some(sorted(STRATEGIES)), count=_some([None, 1, 3, 100]))
@settings(max_examples=30)
def test_every_chosen_star_is_what_was_asked_for(
    stars: list[dict[str, Any]], strategy: str, count: int | None
) -> None:
    """Each chosen star is unique, observed and fitting, and no fitting star is left out."""
    numbers = _numbers(_choose(stars, SelectionRequest(strategy, count)))
    promise = PROMISES[strategy]

    def fits(star: dict[str, Any]) -> bool:
        try:
            return star["nquarters"] > 0 and promise(star)
        except TypeError:
            # A comparison with what is not known.
            return False

    fitting = [number for number, star in enumerate(stars, 1) if fits(star)]
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) <= set(fitting)
    assert len(numbers) == min(len(fitting), count or len(fitting))


@pytest.mark.slow
@given(stars=STARS, strategy=_some(sorted(STRATEGIES)), data=st.data())
@settings(max_examples=30)
def test_the_order_of_the_catalog_does_not_matter(
    stars: list[dict[str, Any]], strategy: str, data: st.DataObject
) -> None:
    """The order of the catalog's rows changes neither the stars nor their order."""
    numbered = [{"kic": number, **star} for number, star in enumerate(stars, 1)]
    request = SelectionRequest(strategy, 5, where="kepmag < 15")
    first = _choose(numbered, request)
    assert first == _choose(numbered, request)
    assert first == _choose(data.draw(st.permutations(numbered)), request)


@pytest.mark.slow
@given(stars=STARS, strategy=_some(sorted(STRATEGIES)), count=st.integers(1, 10))
@settings(max_examples=20)
def test_more_begin_with_fewer(stars: list[dict[str, Any]], strategy: str, count: int) -> None:
    """A longer selection begins with the shorter one."""
    more = _numbers(_choose(stars, SelectionRequest(strategy, count + 3)))
    assert _numbers(_choose(stars, SelectionRequest(strategy, count))) == more[:count]


@pytest.mark.parametrize(
    ("strategy", "numbers"),
    [
        ("any", [1, 2, 3, 4]),
        ("brightest", [3, 1, 2]),
        ("quietest", [2, 4, 1]),
        ("most-quarters", [4, 1, 2, 3]),
        ("known-planets", [3, 1]),
        ("candidates", [1]),
        ("no-planets", [2, 4]),
        ("sun-like", [1, 2]),
        ("m-dwarfs", [3]),
    ],
)
def test_the_order_of_each_strategy(strategy: str, numbers: list[int]) -> None:
    """The best stars come first, ties by number, and unknown magnitudes last."""
    stars: Stars = (
        {"disposition": "CONFIRMED", "n_planets": 1, "n_candidates": 1, "cdpp": 40.0},
        {"cdpp": 20.0},
        {"kepmag": 9.0, "teff": 3500.0, "disposition": "CONFIRMED", "n_planets": 5, "cdpp": 0.0},
        {"kepmag": None, "cdpp": 20.0, "nquarters": 18, "teff": None},
    )
    assert _numbers(_choose(stars, SelectionRequest(strategy, None))) == numbers


def test_a_random_choice_is_one_that_can_be_repeated_by_hand() -> None:
    """A random order is that of SHA-256 of 'seed:number', whatever else is in the catalog."""
    stars = [{"kic": number} for number in range(100, 200)]

    def digest(number: int) -> str:
        return hashlib.sha256(f"7:{number}".encode()).hexdigest()

    expected = sorted(range(100, 200), key=digest)[:10]
    request = SelectionRequest("random", 10, seed=7)
    assert _numbers(_choose(stars, request)) == expected
    fewer = [star for star in stars if star["kic"] != expected[0]]
    assert _numbers(_choose(fewer, request))[:9] == expected[1:]
    assert _numbers(_choose(stars, SelectionRequest("random", 10, seed=8))) != expected


def test_more_than_there_can_be() -> None:
    """A selection may ask for any number of stars."""
    assert _numbers(_choose([{}, {}], SelectionRequest("any", 10**40))) == [1, 2]


def test_unknown_values_are_counted() -> None:
    """Stars with unknown values are left out, and a line counts them."""
    stars: Stars = ({}, {"cdpp": None}, {"teff": None}, {"cdpp": None, "nquarters": 0})
    selection = _choose(stars, SelectionRequest("quietest", 4, where="teff > 4000"))
    assert selection is not None
    assert selection.remarks == (
        "quietest: 1 of 1 stars, smallest 6-hour CDPP first.",
        "quietest: 4 stars were requested, but no more are left to choose from.",
        "quietest: 2 more stars are left out because the catalog lacks the values to judge them.",
    )


def test_reasons_are_the_values_that_decided() -> None:
    """A reason states the deciding values with units, and the rank among all candidates."""
    stars: Stars = ({}, {"cdpp": 12.3456789, "kepmag": None})
    selection = _choose(stars, SelectionRequest("quietest", None))
    assert selection is not None
    assert [(s.rank, s.reason) for s in selection.stars] == [
        (1, "cdpp = 12.3457 ppm"),
        (2, "cdpp = 30 ppm, kepmag = 12 mag"),
    ]


def test_of_the_cadence_and_the_quarters_that_are_asked_for() -> None:
    """A star without light curves of the requested cadence and quarters is not chosen."""
    stars: Stars = ({}, {"nshort": 3}, {"nquarters": 2, "quarters": [5, 6]}, {"nquarters": 0})
    catalog = catalog_of(stars)
    for recipe, numbers in (
        (make_recipe(cadence="short"), [2]),
        (make_recipe(sequence_numbers=(1, 5)), [1, 2, 3]),
        (make_recipe(sequence_numbers=(5,)), [1, 2, 3]),
        (make_recipe(sequence_numbers=(17,)), [1, 2]),
        (make_recipe(cadence="short", sequence_numbers=(17,)), [2]),
    ):
        assert _numbers(choose(SelectionRequest("any", None), catalog, recipe)) == numbers


def test_authors_of_whom_the_catalog_knows_nothing() -> None:
    """One line says which authors the catalog knows."""
    with pytest.raises(UsageError, match="QLP and long cadence: of TESS only short and fast"):
        rank_by("any", catalog_layout("TESS"), make_recipe("TESS", author="QLP"), seed=0)


MIXES = st.lists(
    st.builds(
        Share,
        weight=st.integers(1, 9).map(Fraction),
        strategy=_some(["brightest", "quietest", "random", "any"]),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.slow
@given(shares=MIXES, count=st.integers(1, 40))
@settings(max_examples=20)
def test_a_mix_has_as_many_stars_as_are_asked_for(shares: list[Share], count: int) -> None:
    """Each star counts toward one share, and the shares add up if there are enough stars."""
    stars = [{"kepmag": 9 + n % 7, "cdpp": 20.0 + n % 5} for n in range(60)]
    request = SelectionRequest(MIX, count, shares=tuple(shares))
    numbers = _numbers(_choose(stars, request))
    assert len(numbers) == len(set(numbers)) == count


def test_a_mix_in_which_stars_run_out() -> None:
    """Unfilled places of a share are not given to others, and a line says so."""
    stars: Stars = [{}] * 5 + [{"teff": 3500.0}]
    shares = (Share(Fraction(1), "m-dwarfs"), Share(Fraction(1), "sun-like", "kic > 2"))
    selection = _choose(stars, SelectionRequest(MIX, 6, shares=shares))
    assert selection is not None
    assert _numbers(selection) == [6, 3, 4, 5]
    assert "m-dwarfs: 3 stars were requested, but no more are left to choose from." in (
        selection.remarks
    )
    with pytest.raises(UsageError, match="a mix needs a number of stars"):
        choose(SelectionRequest(MIX, None, shares=shares), catalog_of(stars), LONG)


@pytest.mark.slow
def test_real_stars(real_files: Path) -> None:
    """On 450 stars of the stellar table the strategies choose what the values say."""
    path = real_files.parent / "kepler_targets_450.csv"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    with open(path, encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    stars: list[dict[str, Any]] = [
        {
            "kic": int(row["kepid"]),
            "kepmag": None,
            "teff": _real(row["teff"]),
            # The Sun's is 4.438: gravity goes with the mass and the square of the radius.
            "logg": _gravity(_real(row["mass"]), _real(row["radius"])),
            "cdpp": _real(row["rrmscdpp06p0"]),
            "nquarters": int(row["n_files"]),
        }
        for row in rows
    ]
    by_noise = sorted((s["cdpp"], s["kic"]) for s in stars if s["cdpp"])
    quietest = _numbers(_choose(stars, SelectionRequest("quietest", 20)))
    assert quietest == [kic for _, kic in by_noise[:20]]
    often = _numbers(_choose(stars, SelectionRequest("most-quarters", 1)))
    assert often == [min(s["kic"] for s in stars if s["nquarters"] == 18)]
    by_number = {star["kic"]: star for star in stars}
    of_kind = {
        name: [by_number[n] for n in _numbers(_choose(stars, SelectionRequest(name, None)))]
        for name in ("sun-like", "m-dwarfs")
    }
    assert len(of_kind["sun-like"]) > 100
    assert all(5100 <= star["teff"] <= 6000 for star in of_kind["sun-like"])
    assert of_kind["m-dwarfs"]
    assert all(star["teff"] <= 3900 and star["logg"] >= 4 for star in of_kind["m-dwarfs"])


def _real(cell: str) -> float | None:
    return float(cell) if cell else None


def _gravity(mass: float | None, radius: float | None) -> float | None:
    return None if mass is None or radius is None else 4.438 + math.log10(mass / radius**2)


def test_a_condition_of_a_share_is_told_from_that_of_the_request() -> None:
    """The message names the share of the mix that it stands in."""
    request = SelectionRequest(
        MIX, 2, where="kepmag < 20", shares=(Share(Fraction(1), "brightest", "kepmagg < 14"),)
    )
    with pytest.raises(UsageError, match="in the share brightest of the mix, --where names"):
        choose(request, catalog_of([{}, {}]), make_recipe())
