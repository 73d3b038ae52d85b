"""Tests of the choice among a star's files: one kind is stitched and the rest is left out."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.acquire.archives.base import StarFiles
from preprocessing.acquire.archives.choice import choose_files, no_data
from preprocessing.core.errors import TargetError
from preprocessing.core.reasons import Reason
from preprocessing.missions import MISSIONS, Product, parse_file_name
from preprocessing.missions.kepler import LONG_STAMPS, SHORT_STAMPS
from preprocessing.missions.recipe import Recipe, make_recipe
from preprocessing.missions.targets import parse_target

_NUMBER = 25155310


def _of(name: str) -> Product:
    product = parse_file_name(name)
    assert product is not None, name
    return product


def _spoc(sector: int, fast: bool = False, year: int = 2018) -> Product:
    stamp = f"{year}{sector:03d}000000"
    return _of(f"tess{stamp}-s{sector:04d}-{_NUMBER:016d}-0120-s_{'fast-' * fast}lc.fits")


def _tess_spoc(sector: int, version: int = 1) -> Product:
    return _of(f"hlsp_tess-spoc_tess_phot_{_NUMBER:016d}-s{sector:04d}_tess_v{version}_lc.fits")


def _qlp(sector: int, version: int = 1) -> Product:
    return _of(f"hlsp_qlp_tess_ffi_s{sector:04d}-{_NUMBER:016d}_tess_v{version:02d}_llc.fits")


def _k2(campaign: int, suffix: str = "llc") -> Product:
    return _of(f"ktwo{_NUMBER:09d}-c{campaign:02d}_{suffix}.fits")


def _k2sff(campaign: int) -> Product:
    return _of(f"hlsp_k2sff_k2_lightcurve_{_NUMBER:09d}-c{campaign:02d}_kepler_v1_llc.fits")


def _k2sc(campaign: int) -> Product:
    return _of(f"hlsp_k2sc_k2_llc_{_NUMBER:09d}-c{campaign:02d}_kepler_v2_lc.fits")


def _kepler(stamp: str, suffix: str = "llc") -> Product:
    return _of(f"kplr{_NUMBER:09d}-{stamp}_{suffix}.fits")


_SECTORS = st.integers(20, 60)
_CAMPAIGNS = st.sampled_from([3, 8, 91, 92, 101, 12])
_FILES = {
    "Kepler": st.sampled_from(
        [_kepler(s[0]) for s in LONG_STAMPS]
        + [_kepler(s, "slc") for stamps in SHORT_STAMPS for s in stamps]
    ),
    "K2": st.one_of(
        st.builds(_k2, _CAMPAIGNS, st.sampled_from(["llc", "slc"])),
        st.builds(_k2sff, _CAMPAIGNS),
        st.builds(_k2sc, _CAMPAIGNS),
    ),
    "TESS": st.one_of(
        st.builds(_spoc, _SECTORS, st.booleans(), st.integers(2018, 2022)),
        st.builds(_tess_spoc, _SECTORS, st.integers(1, 3)),
        st.builds(_qlp, _SECTORS, st.integers(1, 3)),
    ),
}
_AUTHORS = {"Kepler": ("Kepler",), "K2": ("K2", "K2SFF"), "TESS": ("SPOC", "TESS-SPOC", "QLP")}


@st.composite
def _questions(draw: st.DrawFn) -> tuple[list[Product], Recipe]:
    """Return what an archive has of a star, and what is asked of it."""
    mission = draw(st.sampled_from(list(MISSIONS)))
    files = draw(st.lists(_FILES[mission], max_size=12, unique=True))
    author = draw(st.sampled_from([*_AUTHORS[mission], "any"]))
    known = MISSIONS[mission].author_named.get(author.lower())
    cadences = ("long",) if known is None else known.cadences
    cadence = draw(st.sampled_from([None, *cadences]))
    # Sectors beyond the sixtieth tell nothing new.
    possible = MISSIONS[mission].sequence_numbers[:60]
    numbers = draw(st.none() | st.sets(st.sampled_from(possible), min_size=1, max_size=10))
    return files, make_recipe(mission, cadence, author=author, sequence_numbers=numbers or ())


@pytest.mark.slow
@given(question=_questions())
def test_what_is_stitched_is_of_one_kind(question: tuple[list[Product], Recipe]) -> None:
    """Stitched files share author, cadence and exposure, one a sector, in time order."""
    files, recipe = question
    star = choose_files(_NUMBER, files, recipe)
    if isinstance(star, TargetError):
        return
    assert star.products
    assert {(p.author, p.cadence) for p in star.products} == {(star.author, star.cadence)}
    assert len({p.exposure_s for p in star.products}) == 1
    assert set(Counter((p.sequence_number, p.month) for p in star.products).values()) == {1}
    assert all(one.sort_key < other.sort_key for one, other in pairwise(star.products))
    assert set(star.products) <= set(files)
    if recipe.sequence_numbers:
        assert all(recipe.wants(product) for product in star.products)


@pytest.mark.slow
@given(question=_questions())
def test_every_file_of_the_kind_is_stitched_or_left_out(
    question: tuple[list[Product], Recipe],
) -> None:
    """Every requested file is either stitched or recorded as left out."""
    files, recipe = question
    star = choose_files(_NUMBER, files, recipe)
    if isinstance(star, TargetError):
        return
    of_kind = {
        p for p in files if (p.author, p.cadence) == (star.author, star.cadence) and recipe.wants(p)
    }
    assert of_kind == {*star.products, *star.left_out}
    assert not set(star.products) & set(star.left_out)
    for product in star.left_out:
        newer = (p for p in of_kind if p.sequence_number == product.sequence_number and p > product)
        assert product.exposure_s != star.products[0].exposure_s or next(newer, None)


@pytest.mark.slow
@given(question=_questions(), order=st.randoms(use_true_random=False))
def test_the_order_of_an_answer_does_not_matter(
    question: tuple[list[Product], Recipe], order: object
) -> None:
    """Neither the order of the files nor a repeated file changes the choice."""
    files, recipe = question
    shuffled = [*files, *files[:3]]
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (choose_files(_NUMBER, some, recipe) for some in (files, shuffled))
    if isinstance(one, TargetError):
        assert isinstance(other, TargetError)
        assert (one.reason, str(one)) == (other.reason, str(other))
    else:
        assert one == other


@pytest.mark.slow
@given(question=_questions())
def test_the_first_author_who_has_the_star_counts(question: tuple[list[Product], Recipe]) -> None:
    """The first author in the recipe's order who has a requested quarter is chosen."""
    files, recipe = question
    authors = {author.name for author, _ in recipe.candidates}
    files = [product for product in files if product.author in authors]
    kinds = {(p.author, p.cadence) for p in files}
    wanted = {(p.author, p.cadence) for p in files if recipe.wants(p)}
    have = [(a.name, c) for a, c in recipe.candidates if (a.name, c) in kinds]
    can_give = [kind for kind in have if kind in wanted]
    answer = choose_files(_NUMBER, files, recipe)
    if not files:
        assert isinstance(answer, TargetError) and answer.reason is Reason.NO_DATA
    elif not have:
        assert isinstance(answer, TargetError) and answer.reason is Reason.NO_SUCH_CADENCE
    elif isinstance(answer, TargetError):
        assert answer.reason is Reason.NO_SUCH_SEQUENCE
        assert not can_give
    else:
        assert (answer.author, answer.cadence) == can_give[0]


def _chosen(files: list[Product], recipe: Recipe) -> StarFiles:
    star = choose_files(_NUMBER, files, recipe)
    assert isinstance(star, StarFiles)
    return star


def test_the_exposure_time_that_most_sectors_have_counts() -> None:
    """The exposure time of most sectors wins, and the shorter one wins a tie."""
    recipe = make_recipe("TESS", author="QLP")
    star = _chosen([_qlp(1), _qlp(2), _qlp(27)], recipe)
    assert (star.products, star.left_out) == ((_qlp(1), _qlp(2)), (_qlp(27),))
    assert _chosen([_qlp(1), _qlp(27)], recipe).products == (_qlp(27),)
    files = [*(_qlp(1, version) for version in (1, 2, 3)), _qlp(27), _qlp(28)]
    assert _chosen(files, recipe).products == (_qlp(27), _qlp(28))


def test_the_newest_version_counts() -> None:
    """The highest version or the latest stamp is stitched, and the older one is left out."""
    recipe = make_recipe("TESS", author="TESS-SPOC")
    files = [_tess_spoc(1, version) for version in (2, 10, 9)]
    star = _chosen(files, recipe)
    assert (star.products, star.left_out) == ((files[1],), (files[0], files[2]))
    old, new, next_sector = _spoc(1), _spoc(1, year=2021), _spoc(2)
    star = _chosen([new, next_sector, old], make_recipe("TESS"))
    assert (star.products, star.left_out) == ((new, next_sector), (old,))


def test_any_author_is_the_first_that_has_the_star() -> None:
    """With any author allowed, the first readable author who has the star is chosen."""
    tess = make_recipe("TESS", author="any")
    everything = [_qlp(1), _tess_spoc(1), _spoc(1), _spoc(1, fast=True)]
    assert _chosen(everything, tess).author == "SPOC"
    assert _chosen(everything[:2], tess).author == "TESS-SPOC"
    assert _chosen(everything[:1], tess).author == "QLP"
    only_fast = choose_files(_NUMBER, everything[3:], tess)
    assert isinstance(only_fast, TargetError)
    assert only_fast.reason is Reason.NO_SUCH_CADENCE
    only_k2sc = choose_files(_NUMBER, [_k2sc(4)], make_recipe("K2", author="any"))
    assert isinstance(only_k2sc, TargetError)


def test_files_without_the_flux_are_left_out() -> None:
    """Files without the flux are dropped before the most common exposure time is chosen."""
    files = [_qlp(sector) for sector in (10, 56, 57, 58)]
    old = _chosen(files, make_recipe("TESS", author="QLP", flux="kspsap"))
    assert [p.sequence_number for p in old.products] == [10]
    assert [p.sequence_number for p in old.left_out] == [56, 57, 58]
    new = _chosen(files, make_recipe("TESS", author="QLP", flux="det"))
    assert [p.sequence_number for p in new.products] == [56, 57, 58]


def test_halves_of_a_campaign_come_in_order() -> None:
    """A request for a whole campaign yields both of its halves, in order."""
    files = [_k2sff(12), _k2sff(92), _k2sff(91), _k2sff(8)]
    for numbers, expected in (((), (8, 91, 92, 12)), ((9,), (91, 92)), ((92, 12), (92, 12))):
        recipe = make_recipe("K2", author="K2SFF", sequence_numbers=numbers)
        found = tuple(p.sequence_number for p in _chosen(files, recipe).products)
        assert found == expected


@pytest.mark.parametrize(
    ("files", "options", "reason", "words"),
    [
        ([], {}, Reason.NO_DATA, "no light curve of TIC 25155310"),
        ([], {"author": "QLP"}, Reason.NO_DATA, "by QLP"),
        # Of an author who is not asked for, searches tell nothing.
        ([_qlp(1)], {}, Reason.NO_DATA, "no light curve of TIC 25155310"),
        ([_qlp(60)], {"author": "QLP", "flux": "kspsap"}, Reason.UNREADABLE, "the flux kspsap"),
        ([_spoc(1)], {"cadence": "fast"}, Reason.NO_SUCH_CADENCE, "none of fast cadence by SPOC"),
        ([_spoc(1)], {"sequence_numbers": (2, 3)}, Reason.NO_SUCH_SEQUENCE, "sector in 2-3"),
    ],
)
def test_why_there_are_none(
    files: list[Product], options: dict[str, object], reason: Reason, words: str
) -> None:
    """Each way to have no file has its own reason, which names the light curves sought."""
    recipe = make_recipe("TESS", **options)  # type: ignore[arg-type]
    answer = choose_files(_NUMBER, files, recipe)
    assert isinstance(answer, TargetError)
    assert answer.reason is reason
    assert words in str(answer)
    assert "\n" not in str(answer)


def test_files_of_other_cadences_that_are_not_named_are_no_absence() -> None:
    """A star observed only at other cadences counts as observed, though unnamed."""
    answer = choose_files(_NUMBER, [], make_recipe(), has_others=True)
    assert isinstance(answer, TargetError)
    assert answer.reason is Reason.NO_SUCH_CADENCE
    assert no_data(parse_target("KIC 1"), make_recipe()).reason is Reason.NO_DATA


@pytest.mark.parametrize(
    ("name", "mission", "words"),
    [
        ("162494287", "Kepler", "KIC 162494287: this looks like a TIC number: add --mission TESS"),
        ("TIC 162494287", "Kepler", "of TIC 162494287: add --mission TESS"),
        ("KIC 757076", "Kepler", "of KIC 757076"),
        ("Kepler-10", "TESS", "of Kepler-10"),
    ],
)
def test_a_star_that_another_mission_may_have(name: str, mission: str, words: str) -> None:
    """A star without data whose number is another catalog's says which mission to try."""
    recipe = make_recipe(mission)
    target = parse_target(name, recipe.mission.catalog)
    assert str(no_data(target, recipe)).endswith(words)


def test_files_that_are_counted_and_not_listed_are_expected() -> None:
    """Files that are counted but not listed are expected if their quarter is wanted."""
    star = choose_files(_NUMBER, [], make_recipe(), (7, 2))
    assert isinstance(star, StarFiles)
    assert (star.products, star.unlisted_numbers, star.n_expected) == ((), (2, 7), 2)
    some = choose_files(_NUMBER, [], make_recipe(sequence_numbers=(7, 8)), (7, 2))
    assert isinstance(some, StarFiles)
    assert some.unlisted_numbers == (7,)
    none = choose_files(_NUMBER, [], make_recipe(sequence_numbers=(8,)), (7, 2))
    assert isinstance(none, TargetError)
    assert none.reason is Reason.NO_SUCH_SEQUENCE
