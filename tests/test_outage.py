"""An archive that is down is told from files that are broken, and waited for."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
from typing import cast

import pytest

from preprocessing.archives.base import Archive
from preprocessing.exceptions import ArchiveError, CorruptProduct
from preprocessing.outage import Outage
from preprocessing.products import Product
from preprocessing.transfer import Transfer
from tests.embedded.fake_holdings import long_product
from tests.virtual_time import run_virtual

_DOWN = ArchiveError("HTTP status 502")
_BODY = b"a sound file"
_KNOWN = long_product(757076, 1)
_SHA256 = hashlib.sha256(_BODY).hexdigest()


class Downed:
    """An archive that is down, or sends rubbish, until a moment; notes what it is asked."""

    def __init__(self, up_in_s: float, rubbish: bytes | None = None) -> None:
        self.up_at = asyncio.get_running_loop().time() + up_in_s
        self.tries: list[float] = []
        self._rubbish = rubbish

    async def fetch(self, product: Product, transfer: Transfer) -> bytes:
        now = asyncio.get_running_loop().time()
        self.tries.append(now - self.up_at)
        await asyncio.sleep(0.1)
        if now >= self.up_at:
            return _BODY
        if self._rubbish is not None:
            return self._rubbish
        raise _DOWN


def _outage(archive: Downed, knows_a_file: bool = True) -> Outage:
    outage = Outage(cast(Archive, archive))
    if knows_a_file:
        outage.note_success(_KNOWN, _SHA256)
    return outage


async def _ask(outage: Outage, archive: Downed) -> int:
    """Try until a file comes, as a request does; return how many tries it costs."""
    tries = 0
    while True:
        await outage.passage()
        try:
            body = await archive.fetch(_KNOWN, Transfer())
            if body != _BODY:
                raise CorruptProduct("rubbish")
        except (ArchiveError, CorruptProduct) as error:
            tries += not await outage.excuses(error)
            await asyncio.sleep(0.1)
        else:
            outage.note_success(_KNOWN, _SHA256)
            return tries


@pytest.mark.parametrize("rubbish", [None, b"<html>maintenance</html>"])
@pytest.mark.parametrize("requests", [1, 16])
def test_an_hour_is_waited_out_with_few_probes(
    caplog: pytest.LogCaptureFixture, requests: int, rubbish: bytes | None
) -> None:
    """Pauses double to five minutes; then all go on at once; beginning and end are said."""

    async def work() -> None:
        archive = Downed(3600, rubbish)
        outage = _outage(archive)
        asking = (_ask(outage, archive) for _ in range(requests))
        costs = await asyncio.gather(*asking)
        before = [t for t in archive.tries if t < 0]
        # Those that were made before it was known, and one probe after 5, 10, ... 300 s.
        assert len(before) <= 10 + 2 * requests + 6 + 3600 / 300
        assert all(295 < b - a < 305 for a, b in itertools.pairwise(before[-5:]))
        assert archive.tries[-1] < 301
        # The tries before it was suspected are all that it costs.
        assert sum(costs) == 9

    with caplog.at_level(logging.WARNING, "preprocessing"):
        run_virtual(work())
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "seems to be down: " in said[0]
    assert "is back after 6" in said[1]


def test_broken_files_are_no_outage(caplog: pytest.LogCaptureFixture) -> None:
    """While a file that is known to be good can be had, others are to blame themselves."""

    async def work() -> None:
        archive = Downed(0)
        outage = _outage(archive)
        for _ in range(100):
            assert not await outage.excuses(_DOWN)
            await outage.passage()
        assert len(archive.tries) == 10

    run_virtual(work())
    assert caplog.records == []


def test_without_any_good_file_a_request_is_the_probe() -> None:
    """It costs a try, since the file may be to blame; others wait for it."""

    async def work() -> None:
        loop = asyncio.get_running_loop()
        archive = Downed(3600)
        outage = _outage(archive, knows_a_file=False)
        began = loop.time()
        costs = await asyncio.gather(*(_ask(outage, archive) for _ in range(4)))
        assert 3600 < loop.time() - began < 3902
        assert sum(costs) == len([t for t in archive.tries if t < 0]) < 35

    run_virtual(work())


def test_single_failures_hold_nobody() -> None:
    """Nine in a row are chance; a success in between begins the count anew."""

    async def work() -> None:
        archive = Downed(9999)
        outage = _outage(archive)
        for _ in range(5):
            for _ in range(9):
                assert not await outage.excuses(_DOWN)
            await outage.passage()
            outage.note_success(_KNOWN, _SHA256)
        assert archive.tries == []

    run_virtual(work())


def test_a_probe_that_is_given_up_is_replaced() -> None:
    """If the star of a request that is the probe is given up, another is the next."""

    async def work() -> None:
        outage = _outage(Downed(9999), knows_a_file=False)
        for _ in range(10):
            await outage.excuses(_DOWN)
        waiting = [asyncio.ensure_future(outage.passage()) for _ in range(3)]
        await asyncio.sleep(4)
        assert not any(w.done() for w in waiting)
        await asyncio.sleep(2)
        # The first is through, and never says what became of it.
        assert sum(w.done() for w in waiting) == 1
        await asyncio.sleep(11)
        assert sum(w.done() for w in waiting) == 2
        outage.note_success(_KNOWN, _SHA256)
        await asyncio.gather(*waiting)
        await outage.passage()

    run_virtual(work())


def test_each_outage_begins_with_short_pauses() -> None:
    """The second of a night is no continuation of the first."""

    async def work() -> list[float]:
        loop = asyncio.get_running_loop()
        outage, waited = _outage(Downed(9999), knows_a_file=False), []
        for _ in range(2):
            for _ in range(10):
                await outage.excuses(_DOWN)
            began = loop.time()
            for _ in range(4):
                await outage.passage()
            waited.append(loop.time() - began)
            outage.note_success(_KNOWN, _SHA256)
            outage = _outage(Downed(9999), knows_a_file=False)
        return waited

    first, second = run_virtual(work())
    assert first == second == pytest.approx(5 + 10 + 20 + 40)
