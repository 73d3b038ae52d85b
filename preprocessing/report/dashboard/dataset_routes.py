"""What the page asks of the data set as a whole: its tables, its stars, their places in the sky."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from preprocessing._version import __version__
from preprocessing.core.errors import UsageError
from preprocessing.report.dashboard.answers import json_answer, json_text
from preprocessing.report.dashboard.current_stars import CurrentStars, StarsNow
from preprocessing.report.dashboard.errors import in_thread
from preprocessing.report.dashboard.guard import Guard
from preprocessing.report.dashboard.star_table import PageRequest, StarTable

__all__ = ["DatasetRoutes"]

_LARGEST_PAGE = 1000
_KINDS = {float: "number", int: "number", bool: "bool", str: "text", list: "list"}


class DatasetRoutes:
    """Answers for the whole data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    guard : Guard
        Knows the token.
    """

    def __init__(self, root: Path, guard: Guard, stars: CurrentStars) -> None:
        self._root = root
        self._guard = guard
        self._stars = stars
        self._said: tuple[StarsNow, str] | None = None

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered."""
        return [
            web.get("/api/dataset", self.dataset),
            web.get("/api/stars", self.stars),
            web.get("/api/sky", self.sky),
        ]

    async def dataset(self, request: web.Request) -> web.Response:
        """Say what the data set is, and what of it is there."""
        now = await self._stars.now()
        # A page waits for this first, and to write so many columns down takes ten milliseconds.
        if self._said is None or self._said[0] is not now:
            summary = await in_thread(_summary, now.table)
            self._said = now, json_text(self._about(now, summary))
        return web.Response(text=self._said[1], content_type="application/json")

    def _about(self, now: StarsNow, summary: Mapping[str, object]) -> dict[str, object]:
        return {
            "name": self._root.resolve().name,
            "version": __version__,
            **summary,
            "tables": now.sources.n_rows,
            "missing": now.sources.missing,
            "problems": now.sources.problems,
            "columns": [
                {
                    "name": column.name,
                    "type": _KINDS[column.kind],
                    "unit": column.unit,
                    "description": column.meaning,
                    "sql": now.table.spelled(column.name),
                }
                for column in now.table.columns.values()
            ],
            "token": self._guard.token,
        }

    async def stars(self, request: web.Request) -> web.Response:
        """Return a page of the table of all stars."""
        asked = _asked(request.query)
        now = await self._stars.now()
        page = await in_thread(now.table.page, asked)
        last = max(1, -(-page.total // asked.size))
        return json_answer({"total": page.total, "last_page": last, "rows": page.rows})

    async def sky(self, request: web.Request) -> web.Response:
        """Return where all stars are."""
        now = await self._stars.now()
        return json_answer(await in_thread(_sky, now.table))


def _asked(query: Mapping[str, str]) -> PageRequest:
    direction = query.get("dir", "asc")
    if direction not in ("asc", "desc"):
        raise UsageError("dir is asc or desc")
    size = _whole(query, "size", 50)
    if size > _LARGEST_PAGE:
        raise UsageError(f"a page has at most {_LARGEST_PAGE} rows")
    columns = tuple(filter(None, query.get("columns", "").split(",")))
    return PageRequest(
        _whole(query, "page", 1),
        size,
        query.get("sort", ""),
        direction == "desc",
        query.get("where", "").strip(),
        columns,
    )


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise UsageError(f"{name} is a number from 1")
    return int(text)


def _summary(table: StarTable) -> dict[str, object]:
    synthetic = "bool_or(synthetic)" if "synthetic" in table.columns else "NULL"
    missions = "list(DISTINCT mission)" if "mission" in table.columns else "NULL"
    count, is_synthetic, names = table.rows(f"SELECT count(*), {synthetic}, {missions} FROM stars")[
        0
    ]
    known = sorted(name for name in names or () if name)
    return {"n_stars": count, "synthetic": is_synthetic, "missions": known}


def _sky(table: StarTable) -> dict[str, list[object]]:
    if not {"ra", "dec"} <= table.columns.keys():
        return {"star": [], "ra": [], "dec": [], "rank": []}
    rank = "rank" if "rank" in table.columns else "NULL"
    rows = table.rows(
        f"SELECT star, round(ra, 5), round(dec, 5), {rank} FROM stars"
        " WHERE isfinite(ra) AND isfinite(dec)"
    )
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    return dict(zip(("star", "ra", "dec", "rank"), map(list, columns), strict=True))
