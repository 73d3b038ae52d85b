"""A catalog is built through faults and interruptions."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

import pytest

from preprocessing.catalog.build import segments_folder
from preprocessing.catalog.columns import catalog_layout
from preprocessing.catalog.store import CatalogNote, open_catalog
from preprocessing.cli.catalog import build
from preprocessing.core.errors import RunError, UsageError
from preprocessing.missions.k2.splits import whole_campaign
from preprocessing.network.retry import RetryPolicy
from preprocessing.simulator.faults.plan import parse_fault
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.system import run_lock
from preprocessing.system.run_lock import hold
from tests.support.hand_made_tables import HandMade, serve
from tests.support.scraping import StartArchive
from tests.support.small_holdings import SmallHoldings

_HOLDINGS = SyntheticHoldings(120)
_ONCE = RetryPolicy(retries=0)
#: With pauses that nobody notices.
_OFTEN = RetryPolicy(retries=20, base_s=0.001, cap_s=0.002)


@pytest.fixture
def server(archive: StartArchive) -> ArchiveThread:
    return archive(_HOLDINGS)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run_lock, "CONFIRM_DELAY_S", 0.0)
    return tmp_path / "catalog" / "kepler.parquet"


def _build(url: str, path: Path, policy: RetryPolicy = _ONCE) -> CatalogNote:
    return asyncio.run(build("Kepler", url, path, policy))


def _stars(path: Path) -> list[tuple[object, ...]]:
    with open_catalog(path) as catalog:
        return catalog.rows("SELECT * FROM stars ORDER BY kic")


class _Built(NamedTuple):
    """A catalog, and how many requests it took."""

    stars: list[tuple[object, ...]]
    n_requests: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> _Built:
    """Return a catalog that was built without faults."""
    path = tmp_path_factory.mktemp("undisturbed") / "kepler.parquet"
    with ArchiveThread(_HOLDINGS) as server:
        _build(server.base_url, path)
        return _Built(_stars(path), _n_requests(server))


@pytest.mark.slow
def test_it_is_the_truth(server: ArchiveThread, path: Path) -> None:
    """The catalog holds every synthetic star with its values, marked as synthetic."""
    note = _build(server.base_url, path)
    assert note.is_synthetic
    assert note.archive == server.base_url
    assert note.rows == len(_HOLDINGS.star_keys())
    assert [source.name.split(", ")[1] for source in note.sources] == [
        "keplerstellar",
        "cumulative",
        "Mast.Caom.Filtered",
    ]
    with open_catalog(path) as catalog:
        assert catalog.note == note
        rows = catalog.rows(
            "SELECT kic, kepmag, teff, cdpp, quarters, nquarters, nshort, disposition, n_planets,"
            " n_candidates FROM stars ORDER BY kic"
        )
    truth = _HOLDINGS.truth()
    for row, star in zip(rows, truth, strict=True):
        quarters = [int(quarter) for quarter in star.quarters.split()]
        months = len(star.short_months.split())
        assert row[:7] == (
            star.number,
            star.kepmag,
            star.teff_k,
            pytest.approx(_HOLDINGS.cdpp_ppm(star.number)),
            quarters,
            len(quarters),
            months,
        )
        assert row[7:] in {
            "planet": {("CONFIRMED", 1, 0), ("CANDIDATE", 0, 1)},
            "eclipsing_binary": {("FALSE POSITIVE", 0, 0)},
        }.get(star.kind, {("NONE", 0, 0)})
    assert {row[7] for row in rows} == {"CONFIRMED", "CANDIDATE", "FALSE POSITIVE", "NONE"}
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.slow
@pytest.mark.parametrize("mission", ["K2", "TESS"])
def test_other_missions(archive: StartArchive, mission: str, path: Path) -> None:
    """The catalog holds every star that the mission observed, with campaigns or sectors."""
    holdings = SyntheticHoldings(3, k2_stars=40, tess_stars=40)
    server = archive(holdings)
    note = asyncio.run(build(mission, server.base_url, path, _ONCE))
    assert note.is_synthetic
    layout = catalog_layout(mission)
    spans = layout.columns[11].name
    with open_catalog(path) as catalog:
        rows = catalog.rows(
            f"SELECT {layout.number}, {layout.magnitude}, teff, logg, {spans}, disposition FROM"
            f" stars WHERE len({spans}) > 0 ORDER BY {layout.number}"
        )
    kinds = {
        "planet": ("CONFIRMED", "CANDIDATE"),
        "eclipsing_binary": ("FALSE POSITIVE",),
    }
    truth = [row for row in holdings.truth() if row.mission == mission and row.n_quarters]
    for row, star in zip(rows, truth, strict=True):
        numbers = map(int, star.quarters.split())
        wanted = {whole_campaign(n) if mission == "K2" else n for n in numbers}
        assert row[:5] == (star.number, star.kepmag, star.teff_k, star.logg, sorted(wanted))
        assert row[5] in kinds.get(star.kind, ("NONE",))


@pytest.mark.slow
def test_faults_are_survived(path: Path, archive: StartArchive, undisturbed: _Built) -> None:
    """A catalog built through faults of all kinds equals one built without."""
    server = archive(_HOLDINGS)
    kinds = ["status-503", "cut", "html-200", "reset", "redirect"]
    for kind in kinds:
        server.faults.add(parse_fault(f"{kind}=0.1"))
    _build(server.base_url, path, _OFTEN)
    assert server.log.faults.keys() == set(kinds)
    assert _stars(path) == undisturbed.stars


@pytest.mark.slow
def test_it_goes_on_where_it_was(path: Path, archive: StartArchive, undisturbed: _Built) -> None:
    """A build that is stopped again and again requests nothing twice, for the same catalog."""
    server = archive(_HOLDINGS)
    stops = [
        "*TAP_SCHEMA*",
        "*kepid<1000000",
        "*kepid>=7000000*",
        "*count*",
        "*cumulative*",
        "Mast.Caom.Filtered",
    ]
    for question in stops:
        server.faults.script("status-500", match=question)
        with pytest.raises(RunError, match="run the same command again to continue"):
            _build(server.base_url, path)
        assert not path.exists()
        assert segments_folder(path).is_dir()
    _build(server.base_url, path)
    # Each time the front page, the schema, how many rows there are, and what was refused.
    assert _n_requests(server) - undisturbed.n_requests <= 4 * len(stops)
    assert _stars(path) == undisturbed.stars
    assert not segments_folder(path).exists()


@pytest.mark.slow
def test_pieces_of_another_archive_are_not_gone_on_from(path: Path) -> None:
    """Pieces of another archive are removed before a build begins."""
    with ArchiveThread(SyntheticHoldings(10)) as other:
        other.faults.script("status-500", match="*cumulative*")
        with pytest.raises(RunError):
            _build(other.base_url, path)
    assert list(segments_folder(path).glob("stellar-*.csv"))
    with ArchiveThread(_HOLDINGS) as server:
        assert _build(server.base_url, path).rows == len(_HOLDINGS.star_keys())


@pytest.mark.slow
def test_an_archive_that_gives_fewer_rows_than_it_has(path: Path) -> None:
    """Fewer rows than announced are refused and not kept."""
    archive = HandMade(
        tables={
            "q1_q17_dr25_ks": [{"kepid": 1}, {"kepid": 2}],
            "cumulative": [{"kepid": 1, "kepoi_name": "K1", "koi_disposition": "CONFIRMED"}],
        },
        takes=lambda condition, row: False,
    )

    async def work() -> None:
        async with serve(archive) as url:
            await build("Kepler", url, path, _ONCE)

    with pytest.raises(RunError, match="q1_q17_dr25_ks has 2 rows, but 0 were returned"):
        asyncio.run(work())
    assert not list(segments_folder(path).glob("*.csv"))


def _n_requests(server: ArchiveThread) -> int:
    return sum(server.log.requests.values())


def test_an_archive_without_tables(path: Path) -> None:
    """One line says which table the archive lacks."""
    with (
        ArchiveThread(SmallHoldings(3)) as server,
        pytest.raises(RunError, match=r"has no stellar table \(keplerstellar, "),
    ):
        _build(server.base_url, path)


@pytest.mark.slow
def test_what_is_no_archive_with_a_catalog(path: Path, tmp_path: Path) -> None:
    """A directory of files and an empty address are refused."""
    with pytest.raises(UsageError):
        _build(str(tmp_path / "missing"), path)
    with pytest.raises(RunError, match="cannot be reached"):
        _build("http://127.0.0.1:9", path)


async def test_two_builds_of_one_catalog(server: ArchiveThread, path: Path) -> None:
    """A second build of the same catalog refuses to start."""
    path.parent.mkdir()
    async with hold([(path.with_name(f".{path.name}.lock"), "it")]):
        with pytest.raises(UsageError, match=str(path)):
            await build("Kepler", server.base_url, path, _ONCE)
