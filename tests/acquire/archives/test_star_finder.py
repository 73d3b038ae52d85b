"""Stars are found by their folders, with few requests, in every mission's tree."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from preprocessing.acquire.archives import open_archive
from preprocessing.acquire.archives.base import Archive, StarFiles
from preprocessing.core.errors import ProductNotFound, TargetError, UsageError
from preprocessing.core.reasons import Reason
from preprocessing.missions import MISSIONS, Product, author_of, parse_file_name
from preprocessing.missions.k2 import k2_product
from preprocessing.missions.recipe import Recipe, make_recipe
from preprocessing.missions.targets import parse_target
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.fake_holdings import FakeHoldings, held_star

_KINDS = ("s3", "stsci")
_SECTORS = (1, 2, 3)


def _spoc(tic: int, sector: int, ending: str = "s_lc") -> Product:
    name = f"tess20182060458{sector:02d}-s{sector:04d}-{tic:016d}-012{sector}-{ending}.fits"
    product = parse_file_name(name)
    assert product is not None
    return product


def _qlp(tic: int, sector: int) -> Product:
    product = parse_file_name(f"hlsp_qlp_tess_ffi_s{sector:04d}-{tic:016d}_tess_v01_llc.fits")
    assert product is not None
    return product


def _held(*products: Product) -> HeldStar:
    return HeldStar(products[0].number, 290.0, 44.0, (), products)


#: One with a long and a short quarter, one of two campaigns, and stars in various sectors.
_TICS = tuple(range(100, 160))
_HOLDINGS = FakeHoldings(
    held_star(11904151, short_quarters=(2,)),
    held_star(757076),
    _held(k2_product(206003187, 3, "long"), k2_product(206003187, 12, "long")),
    _held(k2_product(206003999, 3, "long"), k2_product(206003999, 3, "short")),
    _held(k2_product(211000001, 91, "long"), k2_product(211000001, 92, "long")),
    *(_held(*(_spoc(tic, s) for s in _SECTORS if (tic + s) % 2), _qlp(tic, 2)) for tic in _TICS),
    _held(_spoc(99, 2), _spoc(99, 2, "a_fast-lc")),
    file_size=500,
)


@asynccontextmanager
async def opened(kind: str) -> AsyncIterator[tuple[Archive, ArchiveSimulator]]:
    async with (
        ArchiveSimulator(_HOLDINGS) as server,
        open_archive(f"{kind}+{server.base_url}", 8) as archive,
    ):
        server.log.requests.clear()
        yield archive, server


async def _found(archive: Archive, names: list[str], recipe: Recipe) -> dict[str, StarFiles]:
    targets = [parse_target(name, recipe.mission.catalog) for name in names]
    answers = await archive.search(targets, recipe, Transfer())
    return {key: answer for key, answer in answers.items() if isinstance(answer, StarFiles)}


def _labels(star: StarFiles) -> list[str]:
    return [product.label for product in star.products]


@pytest.mark.parametrize("kind", _KINDS)
async def test_kepler(kind: str) -> None:
    """One listing finds a star at any cadence, and an absent star has no data."""
    async with opened(kind) as (archive, server):
        found = await _found(archive, ["11904151", "757076", "5"], make_recipe())
        assert {key: _labels(star) for key, star in found.items()} == {
            "kic11904151": ["Q1", "Q2"],
            "kic757076": ["Q1", "Q2"],
        }
        assert server.log.requests == {"listing": 3}
        short = await _found(archive, ["11904151", "757076"], make_recipe(cadence="short"))
        assert _labels(short["kic11904151"]) == ["Q2M1", "Q2M2", "Q2M3"]
        assert set(short) == {"kic11904151"}
        # What was listed before need not be again.
        assert server.log.requests == {"listing": 3}


@pytest.mark.parametrize("kind", _KINDS)
async def test_k2(kind: str) -> None:
    """A search lists each campaign once, and then only the folders that may hold the star."""
    async with opened(kind) as (archive, server):
        found = await _found(archive, ["206003187", "206003999", "211000001"], make_recipe("K2"))
        assert _labels(found["epic206003187"]) == ["C3", "C12"]
        assert _labels(found["epic206003999"]) == ["C3"]
        assert _labels(found["epic211000001"]) == ["C91", "C92"]
        # The root, four campaigns, and a thousand's folder in each of them.
        assert server.log.requests == {"listing": 9}
        recipe = make_recipe("K2", sequence_numbers=[9, 12])
        found = await _found(archive, ["206003187", "211000001"], recipe)
        assert _labels(found["epic206003187"]) == ["C12"]
        assert _labels(found["epic211000001"]) == ["C91", "C92"]


@pytest.mark.parametrize("kind", _KINDS)
async def test_tess_few(kind: str) -> None:
    """A few stars are looked for in each wanted sector."""
    async with opened(kind) as (archive, server):
        recipe = make_recipe("TESS")
        found = await _found(archive, ["100", "101", "99"], recipe)
        assert _labels(found["tic100"]) == ["S1", "S3"]
        assert _labels(found["tic101"]) == _labels(found["tic99"]) == ["S2"]
        assert server.log.requests == {"listing": 1 + 3 * len(_SECTORS)}
        server.log.requests.clear()
        found = await _found(archive, ["103"], make_recipe("TESS", sequence_numbers=[2]))
        assert _labels(found["tic103"]) == ["S2"]
        assert server.log.requests == {"listing": 2}
        found = await _found(archive, ["99"], make_recipe("TESS", cadence="fast"))
        assert found["tic99"].products[0].file_name.endswith("a_fast-lc.fits")


@pytest.mark.slow
async def test_tess_many() -> None:
    """For many stars the bucket lists each sector once, as a whole."""
    names = [str(tic) for tic in (*_TICS, 99, 5)]
    async with opened("s3") as (archive, server):
        for _ in range(2):
            many = await _found(archive, names, make_recipe("TESS"))
        # The root, which may have grown, each time.
        assert server.log.requests == {"listing": 2 + len(_SECTORS)}
        few: dict[str, StarFiles] = {}
        for name in names:
            few.update(await _found(archive, [name], make_recipe("TESS")))
        assert many == few
        qlp = await _found(archive, names, make_recipe("TESS", author="QLP"))
        assert len(qlp) == len(_TICS)
    async with opened("stsci") as (archive, _):
        assert await _found(archive, names, make_recipe("TESS")) == many


@pytest.mark.parametrize("kind", _KINDS)
async def test_authors(kind: str) -> None:
    """The light curves of each author are found in that author's tree."""
    async with opened(kind) as (archive, _):
        recipe = make_recipe("TESS", author="any")
        assert (await _found(archive, ["100"], recipe))["tic100"].author == "SPOC"
        assert set(await _found(archive, ["157"], recipe)) == {"tic157"}


async def test_an_author_that_the_bucket_has_not() -> None:
    """A missing author is reported in one line that names the sources that have it."""
    async with opened("s3") as (archive, _):
        with pytest.raises(UsageError, match=r"no light curves by K2SFF: use --archive mast"):
            await _found(archive, ["206003187"], make_recipe("K2", author="K2SFF"))
        k2sff = parse_file_name("hlsp_k2sff_k2_lightcurve_206003187-c03_kepler_v1_llc.fits")
        assert k2sff is not None
        with pytest.raises(ProductNotFound, match="K2SFF"):
            await archive.fetch(k2sff, Transfer())


@pytest.mark.parametrize("kind", _KINDS)
async def test_names(kind: str) -> None:
    """Neither a bucket nor a tree of folders can resolve a name."""
    async with opened(kind) as (archive, _):
        target = parse_target("Kepler-10")
        answer = (await archive.search([target], make_recipe(), Transfer()))[target.key]
        assert isinstance(answer, TargetError)
        assert answer.reason is Reason.UNKNOWN_NAME
        assert "KIC number, or use --archive mast" in str(answer)


@pytest.mark.slow
@pytest.mark.parametrize("kind", _KINDS)
async def test_holdings(kind: str) -> None:
    """The first stars come by number from the first campaign or sector that has enough."""
    async with opened(kind) as (archive, _):
        listed = {
            ("Kepler", "long"): [757076, 11904151],
            ("Kepler", "short"): [11904151],
            ("K2", "long"): [206003187, 206003999, 211000001],
            ("K2", "short"): [206003999],
            ("TESS", "fast"): [99],
        }
        for (mission, cadence), numbers in listed.items():
            recipe = make_recipe(mission, cadence)
            assert await archive.holdings(9, recipe, Transfer()) == numbers
            assert await archive.holdings(1, recipe, Transfer()) == numbers[:1]
        first = await archive.holdings(40, make_recipe("TESS"), Transfer())
        assert first[:30] == list(_TICS[::2])
        assert first[30:] == [99, *_TICS[1::2]][:10]


@pytest.mark.parametrize("kind", _KINDS)
async def test_listed_names(kind: str) -> None:
    """A request for a star's file names lists its own folders again."""
    async with opened(kind) as (archive, server):
        star = (await _found(archive, ["11904151"], make_recipe()))["kic11904151"]
        names = await archive.listed_names(star, make_recipe(), Transfer())
        assert {product.file_name for product in star.products} < names
        assert server.log.requests == {"listing": 2}


def test_folders_are_where_products_are(real_files: Path) -> None:
    """The folder of a star and the path of each of its files agree, for every author."""
    products = list(filter(None, (parse_file_name(p.name) for p in real_files.rglob("*.fits"))))
    seen = set()
    for product in products:
        author = author_of(product)
        layout = author.archive_layout
        if layout is None:
            continue
        first, _, rest = product.path.partition("/")
        if layout.sequence is not None:
            assert layout.sequence_number(first) == product.sequence_number
        folder = product.path if layout.sequence is None else rest
        assert folder == f"{layout.folders(product.number)[0]}/{product.file_name}"
        seen.add(author)
    # There are no real files of the authors that are taken last.
    authors = {a for mission in MISSIONS.values() for a in mission.authors if not a.is_secondary}
    assert seen == {author for author in authors if author.web_root is not None}
    assert {author for author in authors if author.bucket_root is not None} < seen
