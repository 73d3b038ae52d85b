"""An archive that is down is told from files that are broken, and waited for."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
from typing import cast

import pytest

from preprocessing.acquire.archives.base import Archive, FetchedFile
from preprocessing.acquire.runs.source import Source
from preprocessing.core.errors import ArchiveError, CorruptProduct, ProductNotFound
from preprocessing.missions import Product
from preprocessing.network.transfer import Transfer
from tests.support.fake_holdings import long_product
from tests.support.virtual_time import run_virtual

_DOWN = ArchiveError("HTTP status 502")
_BODY = b"a sound file"
_KNOWN, _OTHER = long_product(757076, 1), long_product(757076, 2)
_SHA256 = hashlib.sha256(_BODY).hexdigest()


class Downed:
    """An archive that is down, or sends rubbish, until a moment; notes what it is asked.

    Afterwards it has the file that it had before, or another version of it.
    """

    may_be_down = True

    def __init__(
        self, up_in_s: float, rubbish: bytes | None = None, body: bytes | Exception = _BODY
    ) -> None:
        self.up_at = asyncio.get_running_loop().time() + up_in_s
        self.tries: list[float] = []
        self._rubbish = rubbish
        self._body = body

    async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
        now = asyncio.get_running_loop().time()
        self.tries.append(now - self.up_at)
        await asyncio.sleep(0.1)
        if now >= self.up_at:
            if product == _KNOWN and isinstance(self._body, Exception):
                raise self._body
            if product == _KNOWN and isinstance(self._body, bytes):
                return FetchedFile(self._body, "downed")
            return FetchedFile(_BODY, "downed")
        if self._rubbish is not None:
            return FetchedFile(self._rubbish, "downed")
        raise _DOWN


def _source(archive: Downed, knows_a_file: bool = True) -> Source:
    source = Source(cast(Archive, archive))
    if knows_a_file:
        source.note_file(_KNOWN, _SHA256)
    return source


async def _ask(source: Source, archive: Downed) -> int:
    """Try until a file comes, as a request does; return how many tries it costs."""
    tries = 0
    while True:
        await source.wait_until_up()
        try:
            file = await archive.fetch(_OTHER, Transfer())
            if file.body != _BODY:
                raise CorruptProduct("rubbish")
        except (ArchiveError, CorruptProduct) as error:
            tries += not await source.is_outage(error, is_last=False)
            await asyncio.sleep(0.1)
        else:
            source.note_file(_OTHER, _SHA256)
            return tries


@pytest.mark.parametrize("rubbish", [None, b"<html>maintenance</html>"])
@pytest.mark.parametrize("requests", [1, 16])
def test_an_hour_is_waited_out_with_few_probes(
    caplog: pytest.LogCaptureFixture, requests: int, rubbish: bytes | None
) -> None:
    """Probes back off to five minutes, then all requests resume, and the log says both."""

    async def work() -> None:
        archive = Downed(3600, rubbish)
        source = _source(archive)
        asking = (_ask(source, archive) for _ in range(requests))
        costs = await asyncio.gather(*asking)
        before = [t for t in archive.tries if t < 0]
        # Those that were made before it was known, and one probe after 5, 10, ... 300 s.
        assert len(before) <= 10 + 2 * requests + 6 + 3600 / 300
        assert all(295 < b - a < 305 for a, b in itertools.pairwise(before[-5:]))
        assert archive.tries[-1] < 301
        # The tries before it was suspected are all that it costs.
        assert sum(costs) == 9
        await source.close()

    with caplog.at_level(logging.WARNING, "preprocessing"):
        run_virtual(work())
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "seems to be down: " in said[0]
    assert "is back after 6" in said[1]


def test_broken_files_are_no_outage(caplog: pytest.LogCaptureFixture) -> None:
    """Files are to blame while a file known to be good can be had."""

    async def work() -> None:
        archive = Downed(0)
        source = _source(archive)
        for _ in range(100):
            assert not await source.is_outage(_DOWN, is_last=False)
            await source.wait_until_up()
        # One that was fine a moment ago is not asked again.
        assert len(archive.tries) == 1

    run_virtual(work())
    assert caplog.records == []


@pytest.mark.parametrize("requests", [1, 4])
def test_without_any_good_file_a_request_is_the_probe(requests: int) -> None:
    """Without a good file, a free request is the probe for two hours."""

    async def work(down_s: float) -> tuple[int, float]:
        loop = asyncio.get_running_loop()
        archive = Downed(down_s)
        source = _source(archive, knows_a_file=False)
        began = loop.time()
        costs = await asyncio.gather(*(_ask(source, archive) for _ in range(requests)))
        await source.close()
        return sum(costs), loop.time() - began

    cost, seconds = run_virtual(work(3600.0))
    assert (cost, 3600 < seconds < 3902) == (9, True)
    cost, seconds = run_virtual(work(4 * 3600.0))
    assert 9 + 20 < cost < 9 + 30


@pytest.mark.parametrize("known", [b"SIMPLE  = another version", ProductNotFound("gone")])
def test_a_known_file_may_have_changed_meanwhile(known: bytes | Exception) -> None:
    """A request that is due anyway finds that the archive is back."""

    async def work() -> None:
        archive = Downed(3600, body=known)
        source = _source(archive)
        costs = await asyncio.gather(*(_ask(source, archive) for _ in range(4)))
        assert sum(costs) == 9
        assert archive.tries[-1] < 400
        await source.close()

    run_virtual(work())


def test_damaged_files_are_no_outage_before_any_was_sound() -> None:
    """Damaged files are no outage before the first good one, nor ever in a folder."""

    async def work() -> None:
        archive = Downed(9999)
        source = _source(archive, knows_a_file=False)
        for _ in range(50):
            assert not await source.is_outage(CorruptProduct("a checksum is wrong"), is_last=False)
        assert not source.is_down
        archive.may_be_down = False
        for _ in range(50):
            assert not await source.is_outage(_DOWN, is_last=False)
        assert not source.is_down

    run_virtual(work())


def test_answers_of_another_kind_end_it() -> None:
    """The first bytes of a file end an outage if only those were requested."""

    async def work() -> None:
        source = _source(Downed(9999), knows_a_file=False)
        for _ in range(9):
            await source.is_outage(_DOWN, is_last=False)
        source.note_answer()
        for _ in range(10):
            assert not source.is_down
            await source.is_outage(_DOWN, is_last=False)
        assert source.is_down
        source.note_answer()
        assert not source.is_down
        await source.close()

    run_virtual(work())


def test_a_verdict_outlives_whoever_waits_for_it() -> None:
    """An outage is found although the stars that asked have been given up."""

    class Hanging(Downed):
        async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
            await asyncio.sleep(10**6)
            return FetchedFile(_BODY, "hanging")

    async def work() -> None:
        source = _source(Hanging(0))
        for _ in range(9):
            await source.is_outage(_DOWN, is_last=False)
        asking = [asyncio.ensure_future(source.is_outage(_DOWN, is_last=False)) for _ in range(3)]
        await asyncio.sleep(10)
        for task in asking[:2]:
            task.cancel()
        assert await asking[2]
        assert source.is_down
        await source.close()

    run_virtual(work())


def test_before_a_file_is_given_up_it_is_found_out() -> None:
    """After one failure it is decided whether the archive is down or the file broken."""

    async def work() -> None:
        archive = Downed(9999)
        source = _source(archive)
        assert await source.is_outage(_DOWN, is_last=True)
        assert source.is_down
        await source.close()
        archive = Downed(0)
        source = _source(archive)
        for _ in range(9):
            assert not await source.is_outage(_DOWN, is_last=True)
        # It was fine a moment ago.
        assert len(archive.tries) == 1
        await asyncio.sleep(60)
        assert not await source.is_outage(_DOWN, is_last=True)
        assert len(archive.tries) == 2

    run_virtual(work())


def test_nothing_is_probed_just_after_an_outage() -> None:
    """The probe that ended an outage says for a while that the archive is fine."""

    async def work() -> None:
        archive = Downed(20)
        source = _source(archive)
        assert source.back_at == float("-inf")
        assert await source.is_outage(_DOWN, is_last=True)
        await source.wait_until_up()
        assert not source.is_down
        assert source.back_at == asyncio.get_running_loop().time()
        probes = len(archive.tries)
        assert not await source.is_outage(_DOWN, is_last=True)
        assert len(archive.tries) == probes

    run_virtual(work())


def test_single_failures_hold_nobody() -> None:
    """Nine failures in a row are chance, and a success restarts the count."""

    async def work() -> None:
        archive = Downed(9999)
        source = _source(archive)
        for _ in range(5):
            for _ in range(9):
                assert not await source.is_outage(_DOWN, is_last=False)
            await source.wait_until_up()
            source.note_file(_KNOWN, _SHA256)
        assert archive.tries == []

    run_virtual(work())


def test_a_request_that_is_given_up_is_replaced() -> None:
    """If the probing request is given up, another one takes its place."""

    async def work() -> None:
        source = _source(Downed(9999), knows_a_file=False)
        for _ in range(10):
            await source.is_outage(_DOWN, is_last=False)
        waiting = [asyncio.ensure_future(source.wait_until_up()) for _ in range(3)]
        await asyncio.sleep(4)
        assert not any(w.done() for w in waiting)
        await asyncio.sleep(2)
        # The first is through, and never says what became of it.
        assert [w.done() for w in waiting] == [True, False, False]
        waiting[1].cancel()
        await asyncio.sleep(11)
        assert waiting[2].done()
        source.note_file(_KNOWN, _SHA256)
        await source.wait_until_up()
        await source.close()

    run_virtual(work())


def test_each_outage_begins_with_short_pauses() -> None:
    """Each outage starts with short pauses again."""

    async def work() -> None:
        loop = asyncio.get_running_loop()
        source = _source(Downed(9999), knows_a_file=False)
        for _ in range(2):
            for _ in range(10):
                await source.is_outage(_DOWN, is_last=False)
            began = loop.time()
            for _ in range(4):
                await source.wait_until_up()
            assert loop.time() - began == pytest.approx(5 + 10 + 20 + 40)
            source.note_answer()
            await source.close()

    run_virtual(work())


def test_two_outages_soon_after_one_another_have_one_watch() -> None:
    """The watch of the first outage has ended when the second begins."""

    async def work() -> int:
        archive = Downed(9999)
        source = _source(archive)
        for _ in range(2):
            for _ in range(10):
                await source.is_outage(_DOWN, is_last=False)
            await asyncio.sleep(100)
            assert source.is_down
            source.note_file(_KNOWN, _SHA256)
        for _ in range(10):
            await source.is_outage(_DOWN, is_last=False)
        archive.tries.clear()
        await asyncio.sleep(3600)
        await source.close()
        return len(archive.tries)

    # After 5, 10, 20, ... 300 s.
    assert run_virtual(work()) <= 6 + 3600 // 300


def test_a_watch_that_fails_holds_nobody() -> None:
    """An unexpected error in the watch ends the run instead of blocking it."""

    class Broken(Downed):
        async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
            self.tries.append(0.0)
            if len(self.tries) > 1:
                raise ZeroDivisionError
            raise _DOWN

    async def work() -> None:
        source = _source(Broken(9999))
        for _ in range(10):
            await source.is_outage(_DOWN, is_last=False)
        with pytest.raises(ZeroDivisionError):
            await source.wait_until_up()

    run_virtual(work())
