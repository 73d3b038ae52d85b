"""Tests of a directory of mission files: it is searched by number and read."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from preprocessing.acquire.archives.base import StarFiles
from preprocessing.acquire.archives.directory import DirectoryArchive
from preprocessing.core.errors import ArchiveError, CorruptProduct, ProductNotFound, TargetError
from preprocessing.core.reasons import Reason
from preprocessing.missions import LONG, SHORT
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.targets import parse_target
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.mirror import MirrorHoldings
from tests.support.fake_holdings import held_star
from tests.support.sample_files import FIRST_QUARTER, make_file

_LONG, _SHORT = make_recipe(), make_recipe(cadence="short")
_STARS = {kic: held_star(kic, short_quarters=quarters) for kic, quarters in ((5, ()), (7, (2,)))}


@pytest.fixture
def archive(tmp_path: Path) -> DirectoryArchive:
    """Return a directory with files of two stars, strewn over folders."""
    for star in _STARS.values():
        for number, product in enumerate(star.products):
            folder = tmp_path / str(number)
            folder.mkdir(exist_ok=True)
            (folder / product.file_name).write_text(product.file_name)
    return DirectoryArchive(MirrorHoldings(tmp_path), tmp_path)


async def test_search(archive: DirectoryArchive) -> None:
    """A search returns each star's files in time order, or the reason why there are none."""
    targets = [parse_target(name) for name in ("5", "7", "9", "Kepler-10")]
    found = await archive.search(targets, _LONG, Transfer())
    files = tuple(sorted(p for p in _STARS[7].products if p.cadence == LONG))
    assert found["kic5"] == StarFiles(5, tuple(sorted(_STARS[5].products)), "Kepler", LONG)
    assert found["kic7"] == StarFiles(7, files, "Kepler", LONG)
    for key, reason in (("kic9", Reason.NO_DATA), ("kepler-10", Reason.UNKNOWN_NAME)):
        answer = found[key]
        assert isinstance(answer, TargetError)
        assert answer.reason is reason
    answer = (await archive.search(targets[:1], _SHORT, Transfer()))["kic5"]
    assert isinstance(answer, TargetError)
    assert answer.reason is Reason.NO_SUCH_CADENCE


async def test_holdings(archive: DirectoryArchive) -> None:
    """The first stars that have files of the cadence are listed."""
    assert await archive.holdings(5, _LONG, Transfer()) == [5, 7]
    assert await archive.holdings(1, _LONG, Transfer()) == [5]
    assert await archive.holdings(5, _SHORT, Transfer()) == [7]
    listed = await archive.listed_names(StarFiles(7, (), "Kepler", SHORT), _SHORT, Transfer())
    assert listed == {p.file_name for p in _STARS[7].products}


async def test_fetch(archive: DirectoryArchive) -> None:
    """A file is read and counted, a vanished one is missing, and an unreadable one says why."""
    first, second = _STARS[5].products
    transfer = Transfer()
    file = await archive.fetch(first, transfer)
    assert (file.body, file.archive) == (first.file_name.encode(), archive.identity)
    assert not file.has_source_digest
    assert transfer.bytes == len(first.file_name)
    start = await archive.fetch_start(first, 5, transfer)
    assert start.startswith(first.file_name.encode()[:5])
    path = Path(archive.identity) / "0" / first.file_name
    path.unlink()
    with pytest.raises(ProductNotFound):
        await archive.fetch(first, transfer)
    with pytest.raises(ProductNotFound):
        await archive.fetch(held_star(99).products[0], transfer)
    path = Path(archive.identity) / "1" / second.file_name
    path.unlink()
    path.mkdir()
    with pytest.raises(ArchiveError, match="cannot read"):
        await archive.fetch(second, transfer)


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("damage", ["flip", "cut", "text", "empty", "folder", "pipe"])
async def test_of_two_copies_the_sound_one_is_used(
    tmp_path: Path, order: tuple[str, str], damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whichever copy comes first, the sound one is used, and the damaged one is named."""
    body = make_file()
    bad, good = (tmp_path / folder / FIRST_QUARTER.file_name for folder in order)
    for path in (bad, good):
        path.parent.mkdir()
        path.write_bytes(body)
    flipped = body[:9000] + bytes([body[9000] ^ 1]) + body[9001:]
    bad.write_bytes(
        {"flip": flipped, "cut": body[:5760], "text": b"text", "empty": b""}.get(damage, body)
    )
    archive = DirectoryArchive(MirrorHoldings(tmp_path), tmp_path)
    if damage in ("folder", "pipe"):
        bad.unlink()
        bad.mkdir() if damage == "folder" else os.mkfifo(bad)
    file = await archive.fetch(FIRST_QUARTER, Transfer())
    assert file.body == body
    assert f"{bad} is not used, but its copy {good} is" in caplog.text


@pytest.mark.parametrize("is_packed", [True, False])
async def test_gzip_is_told_by_the_content(tmp_path: Path, is_packed: bool) -> None:
    """A file that a browser packed or unpacked without changing its name is read all the same."""
    body, name = make_file(), FIRST_QUARTER.file_name
    path = tmp_path / (name if is_packed else f"{name}.gz")
    path.write_bytes(gzip.compress(body) if is_packed else body)
    archive = DirectoryArchive(MirrorHoldings(tmp_path), tmp_path)
    assert (await archive.fetch(FIRST_QUARTER, Transfer())).body == body


async def test_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    """A pipe with a light curve's name fails at once, and is called what it is."""
    os.mkfifo(tmp_path / FIRST_QUARTER.file_name)
    archive = DirectoryArchive(MirrorHoldings(tmp_path), tmp_path)
    with pytest.raises(ArchiveError, match="it is a pipe, not a file"):
        await archive.fetch(FIRST_QUARTER, Transfer())


async def test_of_damaged_copies_the_first_is_refused(tmp_path: Path) -> None:
    """If no copy is sound, the error says why the first one is not."""
    for folder, body in (("a", b"text"), ("b", make_file()[:2880])):
        path = tmp_path / folder / FIRST_QUARTER.file_name
        path.parent.mkdir()
        path.write_bytes(body)
    archive = DirectoryArchive(MirrorHoldings(tmp_path), tmp_path)
    with pytest.raises(CorruptProduct, match="not a FITS file: begins with b'text'"):
        await archive.fetch(FIRST_QUARTER, Transfer())
