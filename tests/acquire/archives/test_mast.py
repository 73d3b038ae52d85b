"""A search finds each star's files, and the right star, with few requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from preprocessing.acquire.archives.base import SearchAnswer, StarFiles
from preprocessing.acquire.archives.mast import MastArchive
from preprocessing.acquire.archives.resolver import Resolver
from preprocessing.acquire.archives.search_cache import SearchCache
from preprocessing.core.errors import ProductNotFound, TargetError
from preprocessing.core.reasons import Reason
from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import SHORT_STAMPS, alternative_products, kepler_product
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.targets import parse_target
from preprocessing.network.http_client import HttpClient
from preprocessing.network.portal import Portal
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.holdings import HeldStar, Holdings
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.fake_holdings import FakeHoldings, held_star
from tests.support.raw_server import json_answers, raw_server

_SYNTHETIC = SyntheticHoldings(n_stars=400)
_FILTERED, _POSITION = "Mast.Caom.Filtered", "Mast.Caom.Filtered.Position"
_PRODUCTS = "Mast.Caom.Products"
_ARCSEC = 1 / 3600
_LONG, _SHORT = make_recipe(), make_recipe(cadence=SHORT)


@asynccontextmanager
async def _serving(
    holdings: Holdings, cache: SearchCache | None = None, page_size: int = 50_000
) -> AsyncIterator[tuple[ArchiveSimulator, MastArchive]]:
    async with ArchiveSimulator(holdings) as server, HttpClient(4) as http:
        url = server.base_url
        portal = Portal(http, url, page_size=page_size)
        resolver = Resolver(http, url)
        yield server, MastArchive(http, url, resolver, identity=url, cache=cache, portal=portal)


async def _search(archive: MastArchive, *names: str, cadence: str = LONG) -> list[SearchAnswer]:
    targets = [parse_target(name) for name in names]
    answers = await archive.search(targets, make_recipe(cadence=cadence), Transfer())
    return [answers[target.key] for target in targets]


def _nothing_of(number: int, cadence: str) -> StarFiles:
    return StarFiles(number, (), "Kepler", cadence)


def _reason(answer: SearchAnswer) -> Reason:
    assert isinstance(answer, TargetError)
    return answer.reason


def _files(star: HeldStar, cadence: str) -> tuple[Product, ...]:
    own = star.products[0].mission
    return tuple(sorted(p for p in star.products if (p.author, p.cadence) == (own, cadence)))


@pytest.mark.slow
@pytest.mark.parametrize("cadence", [LONG, SHORT])
async def test_four_hundred_stars(cadence: str) -> None:
    """One query for 400 numbers finds exactly the files of each star."""
    names = [f"KIC {kic}" for kic in _SYNTHETIC.star_keys()]
    async with _serving(_SYNTHETIC) as (server, archive):
        answers = await _search(archive, *names, cadence=cadence)
        assert server.log.requests[_FILTERED] == 1
        assert set(server.log.requests) <= {_FILTERED, _PRODUCTS}
        assert server.log.requests[_PRODUCTS] <= (cadence == SHORT)
    with_files = unlike_ids = 0
    for kic, answer in zip(_SYNTHETIC.star_keys(), answers, strict=True):
        files = _files(_SYNTHETIC.star(kic), cadence)
        with_files += bool(files)
        if files:
            assert isinstance(answer, StarFiles)
            assert (answer.number, answer.unlisted_numbers) == (kic, ())
            # The id does not always tell which of its two files a star has of Q4.
            for product, file in zip(answer.products, files, strict=True):
                assert file in (product, *alternative_products(product))
            unlike_ids += answer.products != files
        else:
            assert _reason(answer) is Reason.NO_SUCH_CADENCE
    assert with_files > 10
    assert unlike_ids < 0.02 * with_files


async def test_number_without_data() -> None:
    """A number without data is reported as such beside one that has data."""
    async with _serving(FakeHoldings(held_star(757076))) as (_, archive):
        missing, found = await _search(archive, "KIC 1", "757076")
        assert _reason(missing) is Reason.NO_DATA
        assert isinstance(found, StarFiles)
        assert _reason((await _search(archive, "757076", cadence=SHORT))[0]) is (
            Reason.NO_SUCH_CADENCE
        )


def _with_months(*months: int) -> HeldStar:
    """Return a star with some of the three months of Q2."""
    products = tuple(kepler_product(SHORT_STAMPS[2][m - 1], 757076, SHORT) for m in months)
    return HeldStar(757076, 290.0, 44.0, ("Kepler-1",), products)


async def test_some_months_need_the_product_list() -> None:
    """The product list is requested only for stars with missing months."""
    star = _with_months(1, 3)
    async with _serving(FakeHoldings(star, held_star(5, short_quarters=(2,)))) as (server, archive):
        whole, some = await _search(archive, "KIC 5", "KIC 757076", cadence=SHORT)
        assert isinstance(whole, StarFiles)
        assert some == StarFiles(757076, star.products, "Kepler", SHORT)
        assert (server.log.requests[_FILTERED], server.log.requests[_PRODUCTS]) == (1, 1)


async def test_unlisted_files_are_counted() -> None:
    """Files that the observation id counts and the list omits are reported by quarter."""
    row = {"obsid": "7", "obs_id": "kplr000757076_sc_Q001000000000000000", "target_name": "x"}
    row["obs_id"] = "kplr000757076_sc_Q002000000000000000"
    products = [
        {"obs_id": row["obs_id"], "productFilename": name}
        for name in (
            "kplr000757076-2009201121230_slc.fits",
            "kplr000000001-2009231120729_slc.fits",
            "kplr000757076_q2_dvr.pdf",
        )
    ]
    answers: list[Any] = [{"status": "COMPLETE", "data": data} for data in ([row], products)]
    async with raw_server(json_answers(*answers)) as (url, _), HttpClient(1) as http:
        archive = MastArchive(http, url, Resolver(http, url), identity="x")
        (found,) = await _search(archive, "757076", cadence=SHORT)
    assert isinstance(found, StarFiles)
    assert [product.month for product in found.products] == [1]
    assert (found.unlisted_numbers, found.n_expected) == ((2,), 2)


async def test_unknown_observation_ids_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """An observation id of unknown form belongs to no star and causes a warning."""
    row = {"obsid": "7", "obs_id": None, "target_name": "x"}
    answer = {"status": "COMPLETE", "data": [row]}
    async with raw_server(json_answers(answer)) as (url, _), HttpClient(1) as http:
        archive = MastArchive(http, url, Resolver(http, url), identity="x")
        assert _reason((await _search(archive, "757076"))[0]) is Reason.NO_DATA
    assert "left out" in caplog.text


async def test_star_of_a_name() -> None:
    """A name means the star at its position, and the distance is recorded."""
    star = held_star(757076, names=("Kepler-1",))
    async with _serving(FakeHoldings(star, held_star(5, dec_deg=44.1))) as (server, archive):
        (found,) = await _search(archive, "kepler-1")
        assert found == StarFiles(757076, star.products, "Kepler", LONG, separation_arcsec=0.0)
        assert server.log.requests == {"resolver": 1, _POSITION: 1}
        (none,) = await _search(archive, "Kepler-1", cadence=SHORT)
        assert _reason(none) is Reason.NO_SUCH_CADENCE


async def test_two_stars_at_a_position() -> None:
    """Two stars within 4 arcsec are refused by name as ambiguous, and farther ones do not count."""
    star = held_star(757076, names=("Kepler-1",))
    for distance, ambiguous in ((3.9, True), (4.1, False)):
        near = held_star(5, dec_deg=44.0 + distance * _ARCSEC)
        async with _serving(FakeHoldings(star, near)) as (_, archive):
            (answer,) = await _search(archive, "Kepler-1")
        if ambiguous:
            assert _reason(answer) is Reason.AMBIGUOUS_NAME
            assert "KIC 5, KIC 757076 all stand within 4 arcsec" in str(answer)
        else:
            assert isinstance(answer, StarFiles)
            assert answer.number == 757076


@pytest.mark.slow
async def test_synthetic_neighbors() -> None:
    """The neighbors in the synthetic sky are reported as ambiguous."""
    star = _SYNTHETIC.star(_SYNTHETIC.examples()["neighbors"])
    async with _serving(_SYNTHETIC) as (_, archive):
        (answer,) = await _search(archive, star.names[0])
    assert _reason(answer) is Reason.AMBIGUOUS_NAME


async def test_unknown_name() -> None:
    """An unknown name is reported as such without a position search."""
    async with _serving(FakeHoldings(held_star(5))) as (server, archive):
        assert _reason((await _search(archive, "Kepler-99"))[0]) is Reason.UNKNOWN_NAME
        assert server.log.requests == {"resolver": 1}


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"s_ra": 290.0, "s_dec": 44.0 + 3 * _ARCSEC}, None),
        ({"s_ra": 290.0, "s_dec": 44.0 + 5 * _ARCSEC}, Reason.NO_DATA),
        ({"s_ra": None, "s_dec": None}, Reason.NO_DATA),
        ({"s_ra": "", "s_dec": 44.0}, Reason.NO_DATA),
    ],
)
async def test_place_of_a_star(place: dict[str, Any], reason: Reason | None) -> None:
    """A star found by position must lie within 4 arcsec to count."""
    entry = {"searchString": "kepler-1", "ra": 290.0, "decl": 44.0}
    obs_id = "kplr000757076_lc_Q011000000000000000"
    row = {"obsid": "7", "obs_id": obs_id, "target_name": "x", **place}
    answers = [{"resolvedCoordinate": [entry]}, {"status": "COMPLETE", "data": [row]}]
    async with raw_server(json_answers(*answers)) as (url, _), HttpClient(1) as http:
        archive = MastArchive(http, url, Resolver(http, url), identity="x")
        (answer,) = await _search(archive, "Kepler-1")
    if reason is None:
        assert isinstance(answer, StarFiles)
        assert (answer.number, answer.separation_arcsec) == (757076, 3.0)
    else:
        assert _reason(answer) is reason


async def test_second_search_is_not_sent(tmp_path: Path) -> None:
    """Stars found once are not searched for again, and stars not found are."""
    cache = SearchCache(tmp_path, "test")
    star = held_star(757076, names=("Kepler-1",))
    async with _serving(FakeHoldings(star, held_star(5, dec_deg=40)), cache) as (server, archive):
        first = await _search(archive, "KIC 5", "Kepler-1")
        sent = server.log.requests.copy()
        assert await _search(archive, "kplr000000005", "KEPLER -01") == first
        assert server.log.requests == sent
        for _ in range(2):
            await _search(archive, "KIC 7", "Kepler-99")
        assert server.log.requests[_FILTERED] == sent[_FILTERED] + 2
        assert server.log.requests["resolver"] == sent["resolver"] + 2
        await _search(archive, "KIC 5", cadence=SHORT)
        assert server.log.requests[_FILTERED] == sent[_FILTERED] + 3
    cache.close()


@pytest.mark.slow
async def test_holdings_are_ascending(tmp_path: Path) -> None:
    """The archive's first stars come in ascending order and are requested only once."""
    cache = SearchCache(tmp_path, "test")
    kics = [13_000_000, 42, 757076, 1_500_000, 100_000_001]
    stars = [held_star(kic) for kic in kics] + [_with_months(1)]
    async with _serving(FakeHoldings(*stars[:2], *stars[3:5], stars[2]), cache, 1) as (
        server,
        archive,
    ):
        assert await archive.holdings(3, _LONG, Transfer()) == [42, 757076, 1_500_000]
        sent = server.log.requests[_FILTERED]
        assert await archive.holdings(2, _LONG, Transfer()) == [42, 757076]
        assert await archive.holdings(3, _LONG, Transfer()) == [42, 757076, 1_500_000]
        assert server.log.requests[_FILTERED] == sent
        assert await archive.holdings(100, _LONG, Transfer()) == sorted(kics)
        assert await archive.holdings(100, _SHORT, Transfer()) == []
    cache.close()


@pytest.mark.slow
async def test_synthetic_holdings() -> None:
    """The list of stars equals the archive's own list for the cadence."""
    async with _serving(_SYNTHETIC, page_size=100) as (_, archive):
        for cadence in (LONG, SHORT):
            having = [k for k in _SYNTHETIC.star_keys() if _files(_SYNTHETIC.star(k), cadence)]
            recipe = make_recipe(cadence=cadence)
            assert await archive.holdings(30, recipe, Transfer()) == having[:30]


async def test_files() -> None:
    """A file is fetched by its address, and a missing one is reported as missing."""
    star = held_star(757076, short_quarters=(2,))
    holdings = FakeHoldings(star)
    async with _serving(holdings) as (_, archive):
        product = star.products[0]
        file = await archive.fetch(product, Transfer())
        assert (file.body, file.archive) == (holdings.body(product), archive.identity)
        with pytest.raises(ProductNotFound):
            await archive.fetch(held_star(6).products[0], Transfer())
        listed = await archive.listed_names(_nothing_of(star.number, SHORT), _SHORT, Transfer())
        assert listed == {p.file_name for p in _files(star, SHORT)}
        assert await archive.listed_names(_nothing_of(6, LONG), _LONG, Transfer()) == frozenset()


async def test_the_start_of_a_file() -> None:
    """A ranged request returns as many bytes as asked, and none of a missing file."""
    star = held_star(757076)
    holdings = FakeHoldings(star)
    async with _serving(holdings) as (server, archive):
        product, transfer = star.products[0], Transfer()
        start = await archive.fetch_start(product, 2880, transfer)
        assert start == holdings.body(product)[:2880]
        assert transfer.bytes == 2880
        assert server.log.statuses == {206: 1}
        with pytest.raises(ProductNotFound):
            await archive.fetch_start(held_star(6).products[0], 2880, Transfer())


async def test_a_search_can_be_made_anew(tmp_path: Path) -> None:
    """A search can bypass the cache, and its result then replaces the cached one."""
    cache = SearchCache(tmp_path, "test")
    async with _serving(FakeHoldings(held_star(5, quarters=(1,))), cache) as (_, archive):
        await _search(archive, "KIC 5")
    more = held_star(5, quarters=(1, 2))
    async with ArchiveSimulator(FakeHoldings(more)) as server, HttpClient(4) as http:
        url = server.base_url
        for bypass_cache, expected in ((False, 1), (True, 2), (False, 2)):
            archive = MastArchive(
                http, url, Resolver(http, url), identity=url, cache=cache, bypass_cache=bypass_cache
            )
            (star,) = await _search(archive, "KIC 5")
            assert isinstance(star, StarFiles)
            assert len(star.products) == expected
    cache.close()
