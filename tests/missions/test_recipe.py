"""What a user asks for is checked once, and each refusal says what there is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.acquire.settings import Limits
from preprocessing.core.errors import UsageError
from preprocessing.missions import MISSIONS
from preprocessing.missions.recipe import Recipe, make_recipe, parse_numbers


def test_defaults() -> None:
    """The default is Kepler, long cadence, PDCSAP flux and the default quality mask."""
    assert make_recipe() == Recipe()
    assert Recipe().output_name("a") == "a.fits"
    assert make_recipe("kepler", "short", "sap", "none") == Recipe("Kepler", "short", "sap", 0)
    assert make_recipe(cadence="short").output_name("a") == "a_short.fits"


@pytest.mark.slow
@pytest.mark.lightkurve
def test_bitmasks_are_lightkurves() -> None:
    """The named bitmasks, and the flags that have names, are those of lightkurve."""
    from lightkurve.utils import KeplerQualityFlags, TessQualityFlags

    flags = {"Kepler": KeplerQualityFlags, "K2": KeplerQualityFlags, "TESS": TessQualityFlags}
    for name, mission in MISSIONS.items():
        assert {k: v or 0 for k, v in flags[name].OPTIONS.items()} == mission.bitmasks
        assert mission.flag_names.keys() == flags[name].STRINGS.keys()


@pytest.mark.parametrize(("quality", "bitmask"), [("128", 128), (128, 128), (0, 0)])
def test_bitmask_as_number(quality: str | int, bitmask: int) -> None:
    """A bitmask may be a number."""
    assert make_recipe(quality=quality).quality_bitmask == bitmask


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"mission": "Hubble"}, "unknown mission 'Hubble': choose Kepler, K2, TESS"),
        ({"cadence": "Long"}, "unknown cadence"),
        ({"cadence": "fast"}, "Kepler has no light curves of fast cadence: Kepler has long, short"),
        ({"mission": "TESS", "cadence": "long"}, "SPOC has no light curves of long cadence"),
        ({"mission": "K2", "cadence": "fast"}, "K2 has no light curves of fast cadence"),
        ({"mission": "TESS", "author": "QLP", "cadence": "short"}, "QLP has no light curves of"),
        ({"mission": "TESS", "author": "any", "cadence": "medium"}, "unknown cadence 'medium'"),
        ({"author": "QLP"}, "unknown author 'QLP' of Kepler: QLP is of TESS: add --mis"),
        ({"author": "KEPSEISMIC", "sequence_numbers": (3,)}, "covers the whole mission: leave out"),
        ({"mission": "TESS", "quality": "qlp"}, "--quality qlp needs --author QLP"),
        ({"mission": "TESS", "author": "any", "quality": "qlp"}, "qlp needs --author QLP"),
        ({"mission": "TESS", "author": "tasoc", "flux": "corr"}, "no flux 'corr': choose cbv, ens"),
        ({"mission": "K2", "author": "x"}, "choose K2, K2SFF, EVEREST, any"),
        ({"mission": "TESS", "author": ""}, "unknown author ''"),
        ({"mission": "TESS", "author": "cdips"}, "cdips cannot be stitched: its light curves are"),
        ({"mission": "K2", "author": "K2SFF", "flux": "pdcsap"}, "K2SFF has no flux 'pdcsap'"),
        ({"mission": "TESS", "author": "any", "flux": "pdcsap"}, "QLP has no flux 'pdcsap'"),
        ({"mission": "TESS", "flux": "kspsap"}, "SPOC has no flux 'kspsap': choose pdcsap, sap"),
        ({"mission": "TESS", "sequence_numbers": range(1, 999, 2)}, "too many single sectors"),
        ({"sequence_numbers": (3, 18)}, "Kepler has no quarter 18"),
        ({"mission": "K2", "sequence_numbers": (93,)}, "K2 has no campaign 93"),
        ({"mission": "TESS", "sequence_numbers": (0,)}, "TESS has no sector 0"),
        ({"flux": "raw"}, "Kepler has no flux 'raw': choose pdcsap, sap"),
        ({"quality": "best"}, "unknown quality"),
        ({"quality": "-1"}, "not between"),
        ({"quality": str(2**31)}, "not between"),
    ],
)
def test_refusals(asked: dict[str, Any], message: str) -> None:
    """An unknown word or a wrong combination is refused by name."""
    with pytest.raises(UsageError, match=message) as caught:
        make_recipe(**asked)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("asked", "settled"),
    [
        ({"mission": "k2"}, ("K2", "long", "pdcsap", "K2", 1130799)),
        ({"mission": "tess"}, ("TESS", "short", "pdcsap", "SPOC", 17087)),
        ({"mission": "TESS", "cadence": "fast"}, ("TESS", "fast", "pdcsap", "SPOC", 17087)),
        ({"mission": "TESS", "author": "qlp"}, ("TESS", "long", "sap", "QLP", 17087)),
        (
            {"mission": "TESS", "author": "Tess-Spoc"},
            ("TESS", "long", "pdcsap", "TESS-SPOC", 17087),
        ),
        ({"mission": "K2", "author": "k2sff"}, ("K2", "long", "fcor", "K2SFF", 1130799)),
        ({"mission": "TESS", "author": "any"}, ("TESS", "any", "", "any", 17087)),
        # The mission's own bits, and QLP's two.
        (
            {"mission": "TESS", "author": "QLP", "quality": "hard"},
            ("TESS", "long", "sap", "QLP", 24319 | 2**29 | 2**30),
        ),
        (
            {"mission": "TESS", "author": "QLP", "quality": "hardest"},
            ("TESS", "long", "sap", "QLP", 65535 | 2**29 | 2**30),
        ),
        (
            {"mission": "TESS", "author": "QLP", "quality": "qlp", "flux": "sys_rm"},
            ("TESS", "long", "sys_rm", "QLP", 17087 | 2**29 | 2**30),
        ),
        # Its flags are not those of TESS.
        (
            {"mission": "TESS", "author": "TASOC", "quality": "hard"},
            ("TESS", "long", "cbv", "TASOC", 0),
        ),
        (
            {"mission": "TESS", "author": "gsfc-eleanor-lite", "quality": "hardest"},
            ("TESS", "long", "corr", "GSFC-ELEANOR-LITE", 65535 | 2**17 | 2**18),
        ),
        ({"mission": "TESS", "author": "TGLC"}, ("TESS", "long", "cal_psf", "TGLC", 17087)),
        ({"author": "kepseismic"}, ("Kepler", "long", "20d", "KEPSEISMIC", 1130799)),
        ({"mission": "TESS", "quality": "hard"}, ("TESS", "short", "pdcsap", "SPOC", 24319)),
        ({"mission": "K2", "author": "any", "quality": "hard"}, ("K2", "any", "", "any", 1664431)),
    ],
)
def test_what_goes_without_saying(
    asked: dict[str, Any], settled: tuple[str, str, str, str, int]
) -> None:
    """Cadence, flux and bitmask default to the author's, in any case of letters."""
    recipe = make_recipe(**asked)
    found = (
        recipe.mission_name,
        recipe.cadence,
        recipe.flux,
        recipe.author,
        recipe.quality_bitmask,
    )
    assert found == settled


def test_any_author_is_one_whose_light_curves_can_be_read() -> None:
    """Any author means the readable ones, in order, at their usual or the requested cadence."""
    for mission in MISSIONS.values():
        recipe = make_recipe(mission.name, author="any")
        readable = [author for author in mission.authors if author.layout is not None]
        assert recipe.candidates == tuple((author, author.cadences[0]) for author in readable)
    long_only = make_recipe("TESS", "long", author="any").candidates
    assert [(author.name, cadence) for author, cadence in long_only] == [
        *((name, "long") for name in ("TESS-SPOC", "QLP", "TGLC", "GSFC-ELEANOR-LITE")),
        *((name, "long") for name in ("TASOC", "PATHOS")),
    ]


def test_a_secondary_author_counts_only_where_it_has_what_is_asked_for() -> None:
    """Any author may have the flux and the quarters; those of the second rank have to."""
    names = [a.name for a, _ in make_recipe("TESS", author="any", flux="sap").candidates]
    assert names == ["SPOC", "TESS-SPOC", "QLP"]
    first = make_recipe(author="any", sequence_numbers=(3,)).candidates
    assert [a.name for a, _ in first] == ["Kepler"]
    assert [a.name for a, _ in make_recipe(author="any").candidates] == ["Kepler", "KEPSEISMIC"]


def test_a_bitmasks_name_means_what_it_means_for_the_author_that_is_taken() -> None:
    """If any author will do, a named bitmask is that of the one that a star has."""
    anyone = make_recipe("TESS", author="any", quality="hard")
    assert anyone.quality_bitmask == 24319
    found = {a.name: anyone.resolved_for(a, c).quality_bitmask for a, c in anyone.candidates}
    assert (found["SPOC"], found["QLP"], found["TASOC"]) == (24319, 24319 | 3 << 29, 0)
    numbered = make_recipe("TESS", author="any", quality="128")
    assert {numbered.resolved_for(a, c).quality_bitmask for a, c in numbered.candidates} == {128}


@given(data=st.data())
def test_a_settled_recipe_is_what_its_author_alone_gives(data: st.DataObject) -> None:
    """A recipe resolved for a star equals that of its author alone."""
    mission = data.draw(st.sampled_from(list(MISSIONS)))
    anyone = make_recipe(mission, author="any")
    author, cadence = data.draw(st.sampled_from(anyone.candidates))
    assert anyone.resolved_for(author, cadence) == make_recipe(mission, cadence, author=author.name)
    name = anyone.resolved_for(author, cadence).output_name("X_1")
    assert name in set(anyone.output_names("X_1"))


def test_outputs_of_different_kinds_have_different_names() -> None:
    """Outputs of different authors and cadences have different names."""
    for mission in MISSIONS.values():
        recipes = [
            make_recipe(mission.name, cadence, author=author.name)
            for author in mission.authors
            if author.layout is not None
            for cadence in author.cadences
        ]
        names = [recipe.output_name("X_1") for recipe in recipes]
        assert len(set(names)) == len(names)
        assert names[0] == "X_1.fits"
    assert make_recipe("TESS", "fast").output_name("TIC_25155310") == "TIC_25155310_fast.fits"
    assert make_recipe("TESS", author="qlp").output_name("TIC_39903405") == "TIC_39903405_qlp.fits"


@pytest.mark.slow
@given(numbers=st.sets(st.integers(1, 200), min_size=1, max_size=12))
def test_numbers_are_written_as_they_are_read(numbers: set[int]) -> None:
    """Numbers are written in order, as ranges, in the length of a card."""
    text = make_recipe("TESS", sequence_numbers=numbers).sequence_numbers
    assert parse_numbers(text) == tuple(sorted(numbers))
    assert make_recipe("TESS", sequence_numbers=parse_numbers(text)).sequence_numbers == text
    assert len(text) <= 60


@given(text=st.text() | st.text("0123456789,- ", max_size=12))
def test_any_text_is_numbers_or_refused_by_name(text: str) -> None:
    """Any text is a list of numbers or is refused in one line."""
    try:
        numbers = parse_numbers(text)
    except UsageError as error:
        assert len(str(error).splitlines()) == 1
        return
    assert numbers
    assert list(numbers) == sorted(set(numbers))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("7", (7,)), ("1,3-5", (1, 3, 4, 5)), (" 5 - 6 , 2", (2, 5, 6)), ("3,3,2-3", (2, 3))],
)
def test_lists_of_numbers(text: str, numbers: tuple[int, ...]) -> None:
    """Blanks, repetitions and order do not matter in a list of numbers."""
    assert parse_numbers(text) == numbers


@pytest.mark.parametrize(
    "text", ["", ",", "1,", "-1", "5-3", "1-2-3", "a", "1;2", "12345", "\u0663"]
)
def test_what_is_no_list_of_numbers(text: str) -> None:
    """A malformed list is refused with an example of a good one."""
    with pytest.raises(UsageError, match="is not a list of numbers"):
        parse_numbers(text)


@pytest.mark.parametrize(
    ("mission", "numbers", "wanted", "unwanted"),
    [
        ("Kepler", (), (0, 17, 99), ()),
        ("Kepler", (3, 4), (3, 4), (5, 31)),
        ("K2", (9,), (9, 91, 92), (10, 19, 101)),
        ("K2", (91,), (91,), (9, 92)),
        ("K2", (1,), (1,), (11, 12, 111)),
        ("TESS", (9,), (9,), (91, 92)),
    ],
)
def test_which_numbers_are_wanted(
    mission: str, numbers: tuple[int, ...], wanted: tuple[int, ...], unwanted: tuple[int, ...]
) -> None:
    """No number means all of them, and a split campaign means both halves."""
    recipe = make_recipe(mission, sequence_numbers=numbers)
    assert all(map(recipe.wants_number, wanted))
    assert not any(map(recipe.wants_number, unwanted))


@pytest.mark.parametrize(
    "limits",
    [
        {"workers": 0},
        {"workers": -3},
        {"timeout_s": 0.0},
        {"timeout_s": float("nan")},
        {"retries": -1},
        {"max_rate_mb_s": 0.0},
        {"max_rate_mb_s": float("nan")},
        {"max_rate_mb_s": float("inf")},
    ],
)
def test_limits(limits: dict[str, Any]) -> None:
    """Limits that no run can keep are refused."""
    with pytest.raises(UsageError):
        Limits(**limits)
