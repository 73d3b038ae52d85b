"""A data set of ranked stars, and a dashboard that shows it."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
import pytest

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.report.dashboard.server import serving
from tests.support.feature_stars import write_stars
from tests.support.packing import write_results
from tests.support.ranked_stars import DIPPER, write_ranking, write_tables

#: Number of ranked stars; one more failed.
N_STARS = 40
FAILED = {
    "target_id": "KIC 11",
    "success": False,
    "reason": "corrupt",
    "error": "Q9 not_found: gone; Q12 corrupt: 3 bytes; Q1 unusual_median: the median is -2",
    "catalog_number": 11,
    "mission": "Kepler",
}


@dataclass
class Browser:
    """What a browser would send and show."""

    address: str
    session: aiohttp.ClientSession

    async def get(self, path: str, status: int = 200, **headers: str) -> Any:
        """Return the answer: an object if it is JSON, else bytes."""
        async with self.session.get(self.address + path, headers=headers) as answer:
            content = await answer.read()
            assert answer.status == status, content
            return json.loads(content) if answer.content_type == "application/json" else content

    async def post(self, path: str, body: object, status: int = 200, **headers: str) -> Any:
        """Send what the page would send, and return the answer."""
        token = (await self.get("api/dataset"))["token"]
        own = {"Origin": self.address.rstrip("/"), "X-Xenoscan-Token": token, **headers}
        async with self.session.post(self.address + path, json=body, headers=own) as answer:
            content = await answer.read()
            assert answer.status == status, content
            return json.loads(content)


Browse: TypeAlias = Callable[[Path], AbstractAsyncContextManager[Browser]]


@pytest.fixture(scope="session")
def ranked_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of ranked stars, one of which has a light curve, and one star that failed."""
    root = tmp_path_factory.mktemp("dashboard") / "stars [1]"
    write_tables(root, N_STARS)
    write_ranking(root, N_STARS)
    places = write_stars(root, [DIPPER])
    write_results(places, [*map(_row, range(N_STARS)), FAILED])
    places.checkpoints.mkdir()
    return root


@pytest.fixture
def root(ranked_root: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(ranked_root, tmp_path / "stars [1]"))


@pytest.fixture
def browse() -> Browse:
    """Open the dashboard of a data set."""

    @asynccontextmanager
    async def opened(root: Path) -> AsyncIterator[Browser]:
        async with serving(root) as address, aiohttp.ClientSession() as session:
            yield Browser(address, session)

    return opened


def _row(n: int) -> dict[str, object]:
    name = f"KIC_{DIPPER + n}.fits"
    numbers = {"quarters_found": 17, "quarters_used": 17, "catalog_number": DIPPER + n}
    return {
        **{"target_id": f"KIC {DIPPER + n}", "filepath": f"/elsewhere/lightcurves/{name}"},
        **{"mission": "Kepler", **numbers},
    }


def manifest_of(root: Path) -> Path:
    """Return the manifest of a data set."""
    return DatasetFolder(root).manifest
