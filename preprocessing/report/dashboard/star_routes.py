"""What the page asks of one star: all that tables say of it, its light, and its pictures."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from threading import Lock

from aiohttp import web

from preprocessing.core.errors import (
    LightCurveNotFound,
    ProductError,
    UsageError,
    XenoscanError,
)
from preprocessing.report.dashboard.answers import json_answer
from preprocessing.report.dashboard.current_stars import CurrentStars, StarsNow
from preprocessing.report.dashboard.errors import in_thread
from preprocessing.report.dashboard.kept_bytes import KeptBytes
from preprocessing.report.dashboard.labels import GivenLabel, LabelFile
from preprocessing.report.dashboard.light_bytes import light_bytes
from preprocessing.report.dashboard.star_answer import star_answer
from preprocessing.report.png import png
from preprocessing.report.sheet.sheet import make_sheet
from preprocessing.report.star.light import read_light
from preprocessing.report.star.thumbnail import light_pixels
from preprocessing.tables.curve_rows import FILE, NAME

__all__ = ["StarRoutes"]

#: Memory for answers: the light of a star of 65,000 points has 1.5 MB, a thumbnail 15 kB.
_ROOM = 64_000_000
#: How long a browser may show a picture again without asking, in seconds.
_FRESH_S = 60
_DRAWING = Lock()
#: Makes bytes of a star, given the FITS file of its light curve.
_Make = Callable[[StarsNow, str], bytes]
_Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class StarRoutes:
    """Answers about one star.

    Parameters
    ----------
    stars : CurrentStars
        The table of all stars.
    """

    def __init__(self, stars: CurrentStars) -> None:
        self._stars = stars
        self._kept = KeptBytes(_ROOM)
        # Light waits for no picture; but of each kind, one is made after the other, so that no
        # browser can load the machine.
        self._turns: defaultdict[_Make, asyncio.Lock] = defaultdict(asyncio.Lock)

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered."""
        return [
            web.get("/api/stars/{star}", self.star),
            web.get("/api/stars/{star}/light", self._answer("application/octet-stream", _light)),
            web.get("/api/stars/{star}/thumbnail.png", self._answer("image/png", _thumbnail)),
            web.get("/api/stars/{star}/sheet.png", self._answer("image/png", _sheet_png)),
            web.get("/api/stars/{star}/sheet.pdf", self._answer("application/pdf", _sheet_pdf)),
        ]

    async def star(self, request: web.Request) -> web.Response:
        """Say all that the tables know of a star."""
        now = await self._stars.now()
        row = await _row(now, request)
        star = str(row["star"])
        record = await in_thread(now.record, _file(row), str(row["name"]))
        found = await in_thread(now.table.stars_named, record.neighbors)
        neighbors = [found[name] for name in record.neighbors if name in found]
        label = await in_thread(_label, now.labels, str(row["name"]))
        return json_answer(star_answer(star, record, row, neighbors, label))

    def _answer(self, kind: str, make: _Make) -> _Answer:
        """Return what answers with bytes that are made of a star's light."""

        async def answer(request: web.Request) -> web.Response:
            now = await self._stars.now()
            row = await _row(now, request, (NAME, FILE))
            if not _file(row):
                raise web.HTTPNotFound(text=f"{row['name']} has no light curve")
            content = await self._made(now, _file(row), make)
            headers = {"Cache-Control": f"private, max-age={_FRESH_S}"}
            return web.Response(body=content, content_type=kind, headers=headers)

        return answer

    async def _made(self, now: StarsNow, file: str, make: _Make) -> bytes:
        key = make, file, now.signature
        async with self._turns[make]:
            content = self._kept.get(key)
            if content is None:
                content = await in_thread(_read, make, now, file)
                self._kept.keep(key, content)
            return content


async def _row(
    now: StarsNow, request: web.Request, columns: Sequence[str] = ()
) -> dict[str, object]:
    """Return the row of the star that is asked for: some of its columns, or all."""
    star = request.match_info["star"]
    row = await in_thread(now.table.find, star, columns)
    if row is None:
        raise web.HTTPNotFound(text=f"the data set has no star {star[:100]!r}")
    return row


def _read(make: _Make, now: StarsNow, file: str) -> bytes:
    try:
        return make(now, file)
    except LightCurveNotFound as error:
        raise web.HTTPNotFound(text=str(error)) from error
    except ProductError as error:
        raise UsageError(f"the light of {file} cannot be read: {error}") from error


def _light(now: StarsNow, file: str) -> bytes:
    return light_bytes(read_light(now.tables.root, file))


def _thumbnail(now: StarsNow, file: str) -> bytes:
    light = read_light(now.tables.root, file).light
    return png(light_pixels(light.time_d, light.flux, light.sequence))


def _sheet_png(now: StarsNow, file: str) -> bytes:
    return _sheet(now, file, "png")


def _sheet_pdf(now: StarsNow, file: str) -> bytes:
    return _sheet(now, file, "pdf")


def _sheet(now: StarsNow, file: str, format: str) -> bytes:
    # matplotlib's settings are those of the whole process.
    with _DRAWING:
        return make_sheet(now.tables, file.removesuffix(".fits")).content(format)


def _file(row: dict[str, object]) -> str:
    """Return the FITS file of a star's light curve; empty if it has none."""
    return str(row.get(FILE) or "")


def _label(labels: LabelFile, name: str) -> GivenLabel | None:
    try:
        return labels.read().get(labels.name_of(name))
    except XenoscanError:
        # The page that lists the labels says what is wrong with them.
        return None
