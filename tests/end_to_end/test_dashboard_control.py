"""A person pauses a run in the dashboard, lets it go on, and has failed stars tried again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.report.dashboard.server import serving
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.small_holdings import SmallHoldings
from tests.support.virtual_time import run_virtual

pytestmark = pytest.mark.slow

_HOLDINGS = SmallHoldings(30)
_KICS = _HOLDINGS.star_keys()


class Page:
    """What the page of the run asks and sends."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self._address = address
        self._session = session

    async def get(self, path: str) -> Any:
        async with self._session.get(self._address + path) as answer:
            assert answer.status == 200
            return await answer.json()

    async def tell(self, command: str) -> str:
        """Send a command, and return what the run answers."""
        token = (await self.get("api/dataset"))["token"]
        headers = {"Origin": self._address.rstrip("/"), "X-Xenoscan-Token": token}
        async with self._session.post(
            f"{self._address}api/control", json={"command": command}, headers=headers
        ) as answer:
            assert answer.status == 202
            name = (await answer.json())["id"]
        status = await self.until(
            lambda run: name in [one["id"] for one in run["status"]["answers"]]
        )
        return next(str(one["answer"]) for one in status["answers"] if one["id"] == name)

    async def until(self, is_so: Any) -> dict[str, Any]:
        """Wait until the run is so, and return its status."""
        while True:
            run = await self.get("api/run")
            if run["status"] is not None and is_so(run):
                return dict(run["status"])
            await asyncio.sleep(0.5)


def test_a_run_does_what_the_page_says(tmp_path: Path) -> None:
    """The run confirms each command, and the page has its numbers and what failed."""
    places = DatasetFolder(tmp_path)
    places.lightcurves.mkdir()
    foreign = [places.lightcurves / f"KIC_{kic}.fits" for kic in _KICS[:2]]
    for path in foreign:
        path.write_text("my notes")

    async def beside(page: Page) -> None:
        await page.until(lambda run: run["alive"] and run["status"]["done"] >= 4)
        assert (await page.tell("pause")).startswith("paused")
        paused = await page.until(lambda run: not run["status"]["requests_in_flight"])
        assert paused["state"] == "paused"
        await asyncio.sleep(60)
        assert (await page.get("api/run"))["status"]["done"] == paused["done"] < len(_KICS)
        assert await page.tell("go-on") == "going on"
        await page.until(lambda run: run["status"]["done"] >= len(_KICS) - 4)
        assert (await page.get("api/run"))["failures"] == {"foreign_file": 2}
        for path in foreign:
            path.unlink()
        assert (await page.tell("retry-failed")).startswith("2 targets will be tried again")

    async def play() -> None:
        async with (
            ArchiveSimulator(_HOLDINGS, latency_s=1.0) as server,
            serving(tmp_path) as address,
            aiohttp.ClientSession() as session,
        ):
            downloader = AsyncDownloader(
                places.lightcurves,
                4,
                30.0,
                archive=server.base_url,
                results_path=places.results,
                checkpoint_dir=places.checkpoints,
                retries=1,
            )
            names = [f"KIC {kic}" for kic in _KICS]
            running = asyncio.ensure_future(downloader.download_batch(names))
            page = Page(address, session)
            await beside(page)
            await running
            run = await page.get("api/run")
            assert not run["alive"] and run["status"]["complete"] == len(_KICS)
            assert run["failures"] == {}
            assert {one["failed"] for one in run["quarters"]} == {0}
            states = {one["state"] for one in await page.get("api/run/history")}
            assert {"paused", "ended"} <= states

    run_virtual(play(), show_every_s=1.0)
