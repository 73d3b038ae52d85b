"""A second source gives what the first cannot; copies are compared; raw files are kept."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from pathlib import Path

import pytest

from preprocessing.acquire.archives import open_archive
from preprocessing.acquire.archives.base import FetchedFile, StarFiles
from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.acquire.runs.kept_files import KeptFiles
from preprocessing.acquire.runs.source import Copies
from preprocessing.acquire.runs.summary import Origins, describe
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.missions import LONG, author_of, parse_file_name
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.targets import TargetList, parse_target
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.calls import CallKind
from preprocessing.simulator.faults.plan import Chance, FaultPlan
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.fake_holdings import FakeHoldings, held_star, long_product
from tests.support.scraping import Place, Scrape, StartArchive
from tests.support.small_holdings import SmallHoldings
from tests.support.virtual_time import run_virtual

_HOLDINGS = SmallHoldings(3)
_NAMES = [f"KIC {kic}" for kic in _HOLDINGS.star_keys()]
_FILES = 2 * len(_NAMES)


def _run_pair(folder: Path, plan: FaultPlan, *, first: str = "", second: str = "s3+") -> list[str]:
    """Download from two servers, of which the first is disturbed; return the last lines."""

    async def work() -> list[str]:
        async with (
            ArchiveSimulator(_HOLDINGS, faults=plan, latency_s=0.1) as bad,
            ArchiveSimulator(_HOLDINGS, latency_s=0.1) as good,
        ):
            fallback = [f"{second}{good.base_url}"]
            downloader = AsyncDownloader(folder / "raw", results_path=folder / "results.csv")
            source = f"{first}{bad.base_url}"
            async with open_archive(source, 4, fallback=fallback) as archive:
                targets = TargetList.of(_NAMES)
                summary = await downloader.run(targets, make_recipe(), archive)
            assert summary.is_success
            return list(describe(summary))

    return run_virtual(work())


@pytest.mark.parametrize("first", ["", "s3+", "stsci+"])
def test_a_file_that_is_damaged_at_the_first(
    first: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A damaged file comes from the second source, and the difference is logged and counted."""
    plan = FaultPlan()
    plan.script("flip", match="kplr900000002-2009259160929_llc.fits", times=None)
    lines = _run_pair(tmp_path, plan, first=first)
    assert any(line.startswith(f"Files used: {_FILES - 1} from ") for line in lines)
    assert any("Two sources had different copies of 1 file" in line for line in lines)
    assert "has a sound copy" in caplog.text


def test_the_manifest_says_who_gave_it(tmp_path: Path) -> None:
    """The manifest names the source of each file."""
    plan = FaultPlan()
    plan.script("missing", match="kplr900000003*", times=None)
    lines = _run_pair(tmp_path, plan)
    assert any(line.startswith("Files used: ") for line in lines)
    assert not any("different copies" in line for line in lines)
    text = (tmp_path / "results_manifest.jsonl").read_text()
    assert text.count('"s3+http://') == 2


def test_nothing_is_said_of_one_source(tmp_path: Path) -> None:
    """No line mentions other sources if the first gives everything."""
    assert not any(line.startswith("Files used") for line in _run_pair(tmp_path, FaultPlan()))


def test_a_search_that_fails(tmp_path: Path) -> None:
    """The second source finds the stars, and the first still gives their files."""
    plan = FaultPlan()
    plan.script("status-500", calls=CallKind.PORTAL, times=None)
    assert not any(line.startswith("Files used") for line in _run_pair(tmp_path, plan))


def test_a_search_that_lists_nothing(tmp_path: Path) -> None:
    """An empty answer is checked once at the second source."""
    plan = FaultPlan()
    plan.script("no-rows", calls=CallKind.PORTAL, times=None)
    assert not any(line.startswith("Files used") for line in _run_pair(tmp_path, plan))


async def test_names() -> None:
    """MAST's resolver finds names for the bucket, which knows none."""
    holdings = FakeHoldings(held_star(11904151, names=("Kepler-10",)))
    async with ArchiveSimulator(holdings) as server:
        url = server.base_url
        async with open_archive(f"s3+{url}", 4, fallback=[url]) as archive:
            target = parse_target("Kepler-10")
            star = (await archive.search([target], make_recipe(), Transfer()))[target.key]
            assert isinstance(star, StarFiles)
            assert star.number == 11904151
            assert archive.identity == f"s3+{url}"
            assert await archive.holdings(5, make_recipe(), Transfer()) == [11904151]


def test_a_directory_that_is_not_whole(tmp_path: Path) -> None:
    """Files missing in a directory are fetched from the second source at once."""
    first, second = (p for p in _HOLDINGS.products(_HOLDINGS.star_keys()[0]) if p.cadence == LONG)
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / first.file_name).write_bytes(_HOLDINGS.body(first))

    async def work() -> tuple[float, list[TargetOutcome]]:
        outcomes: list[TargetOutcome] = []
        async with (
            ArchiveSimulator(_HOLDINGS) as server,
            open_archive(str(mirror), 4, fallback=[server.base_url]) as archive,
        ):
            recipe = make_recipe(sequence_numbers=[second.sequence_number])
            targets = TargetList.of(_NAMES)
            downloader = AsyncDownloader(tmp_path / "raw")
            await downloader.run(targets, recipe, archive, on_outcome=outcomes.append)
            return server.elapsed_s, outcomes

    seconds, outcomes = run_virtual(work())
    assert [outcome.reason for outcome in outcomes] == [Reason.COMPLETE] * len(_NAMES)
    assert sum(outcome.retries for outcome in outcomes) == 0
    assert seconds < 1.0


@pytest.mark.slow
def test_both_are_down(tmp_path: Path) -> None:
    """The source that is back first ends the wait."""
    first, second = FaultPlan(), FaultPlan()
    first.add(Chance("status-503", 1.0, 0.9, 10.0**7))
    second.add(Chance("status-500", 1.0, 0.0, 3000.0, match="kplr*"))

    async def work() -> tuple[float, list[TargetOutcome]]:
        async with (
            ArchiveSimulator(_HOLDINGS, faults=first, latency_s=0.3) as one,
            ArchiveSimulator(_HOLDINGS, faults=second, latency_s=0.3) as other,
        ):
            downloader = AsyncDownloader(
                tmp_path, archive=one.base_url, fallback=[f"stsci+{other.base_url}"]
            )
            return one.elapsed_s, await downloader.download_batch(_NAMES)

    _, outcomes = run_virtual(work())
    assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}


@pytest.mark.parametrize(
    ("first", "fallback"),
    [
        ("", "nowhere"),
        ("", "s3+"),
        pytest.param("embedded --stars 3", "embedded --stars 3", marks=pytest.mark.slow),
    ],
)
def test_fallbacks_that_are_none(
    first: str,
    fallback: str,
    archive: StartArchive,
    scrape: Scrape,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An unknown or repeated fallback is refused in one line."""
    source = first or archive(_HOLDINGS).base_url
    status = scrape(f"--archive={source}", f"--fallback={fallback}", "--targets=1")
    assert status == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


async def test_the_same_damaged_bytes(caplog: pytest.LogCaptureFixture) -> None:
    """A file damaged alike at both sources is reported as damaged itself."""
    origins, product = Origins(), long_product(5, 1)
    copies = Copies(origins, are_compared=True)
    for archive in ("mast", "mast", "s3"):
        await copies.note_refused(product, FetchedFile(b"bad", archive))
    assert caplog.text.count("have the same bytes") == 1
    copies.note_sound(product, "s3", hashlib.sha256(b"good").hexdigest())
    assert origins.differing == 1
    copies.note_sound(product, "s3", "")
    assert origins.differing == 1
    assert origins.files == {"s3": 2}


async def test_a_second_try_at_one_source(caplog: pytest.LogCaptureFixture) -> None:
    """A damaged and then intact copy from one source is no difference between two."""
    origins, product = Origins(), long_product(5, 1)
    for are_compared in (True, False):
        copies = Copies(origins, are_compared=are_compared)
        await copies.note_refused(product, FetchedFile(b"bad", "mast"))
        copies.note_sound(product, "mast", "x")
    assert origins.differing == 0
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


@pytest.mark.slow
def test_kept_files_are_a_mirror(tmp_path: Path) -> None:
    """Kept files give the same outputs again, as a directory and as a server."""
    place = Place(tmp_path / "first")
    kept = tmp_path / "kept"
    source = "--archive=s3+embedded --stars 6 --quarters 3"
    assert place.scrape(source, "--targets=3", f"--keep-files={kept}") == 0
    names = sorted(path.name for path in kept.rglob("*.fits"))
    assert len(names) == sum(int(row["quarters_used"]) for row in place.rows())
    for path in kept.rglob("*.fits"):
        product = parse_file_name(path.name)
        assert product is not None
        assert path == kept / author_of(product).collection / product.path
    assert not list(kept.rglob("*.part"))
    times = {path: path.stat().st_mtime_ns for path in kept.rglob("*.fits")}
    for number, again in enumerate(
        (str(kept), f"embedded --mirror {kept}", f"stsci+embedded --mirror {kept}")
    ):
        other = Place(tmp_path / str(number))
        more = [f"--keep-files={kept}"] if number == 0 else []
        assert other.scrape(f"--archive={again}", "--targets=9", *more) == 0
        assert other.outputs() == place.outputs()
    # What is there already is not written again.
    assert {path: path.stat().st_mtime_ns for path in kept.rglob("*.fits")} == times


def test_a_damaged_file_is_not_kept(archive: StartArchive, tmp_path: Path) -> None:
    """Only verified files are kept."""
    kept = tmp_path / "kept"
    place = Place(tmp_path / "run")
    source = f"--archive={archive(_HOLDINGS, faults=FaultPlan({'flip': 1.0})).base_url}"
    assert place.scrape(source, "--targets=1", "--retries=0", f"--keep-files={kept}") == 1
    assert not list(kept.rglob("*.fits"))


def test_what_was_kept_damaged_is_replaced(tmp_path: Path) -> None:
    """A kept file is replaced if its bytes differ from those verified now, or are cut off."""
    product, files, body = long_product(5, 1), KeptFiles(tmp_path), b"SIMPLE  = T one"
    files.keep(product, body)
    (path,) = tmp_path.rglob("*.fits")
    for damaged in (b"SIMPLE  = T two", body[:12], b""):
        path.write_bytes(damaged)
        files.keep(product, body)
        assert path.read_bytes() == body


def test_what_others_left_in_the_place_of_a_kept_file_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Notes, a file saved again, or a pipe in the place of a kept file stay, and are named."""
    product, files, body = long_product(5, 1), KeptFiles(tmp_path), b"SIMPLE  = T one"
    files.keep(product, body)
    (path,) = tmp_path.rglob("*.fits")
    for content in (b"my notes", b"SIMPLE  = T saved again"):
        path.write_bytes(content)
        caplog.clear()
        files.keep(product, body)
        assert path.read_bytes() == content
        assert f"{path} is not kept" in caplog.text
    path.unlink()
    os.mkfifo(path)
    files.keep(product, body)
    assert path.is_fifo()


def test_links_out_of_the_mirror(tmp_path: Path) -> None:
    """Nothing is written through a link out of the mirror."""
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "kept"
    root.mkdir()
    (root / "kepler").symlink_to(outside)
    with pytest.raises(RunError, match="a link leads"):
        KeptFiles(root).keep(long_product(5, 1), b"x")
    assert not list(outside.iterdir())


def test_a_disk_that_cannot_be_written(archive: StartArchive, tmp_path: Path) -> None:
    """A disk that cannot be written ends the run with advice."""
    (tmp_path / "kepler").write_text("in the way")
    with pytest.raises(RunError, match=r"cannot keep .*--resume"):
        KeptFiles(tmp_path).keep(long_product(5, 1), b"x")
    server = archive(_HOLDINGS)
    blocked = AsyncDownloader(
        tmp_path / "raw", archive=server.base_url, keep_files=tmp_path / "kepler"
    )
    with pytest.raises(UsageError, match="folder of kept files"):
        asyncio.run(blocked.download_batch(["KIC 900000001"]))
