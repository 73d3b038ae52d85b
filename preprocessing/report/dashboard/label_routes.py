"""What a person says of stars: read for the page, and written when the page sends it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from shlex import quote

from aiohttp import web

from preprocessing.core.errors import UsageError
from preprocessing.report.dashboard.answers import json_answer
from preprocessing.report.dashboard.current_stars import CurrentStars
from preprocessing.report.dashboard.errors import in_thread, json_object
from preprocessing.report.dashboard.labels import GivenLabel

__all__ = ["LabelRoutes"]


class LabelRoutes:
    """Answers with labels, and saves them.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    stars : CurrentStars
        The table of all stars.
    """

    def __init__(self, root: Path, stars: CurrentStars) -> None:
        self._root = root
        self._stars = stars
        self._saving = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered."""
        return [web.get("/api/labels", self.labels), web.post("/api/labels", self.save)]

    async def labels(self, request: web.Request) -> web.Response:
        """Return all labels, and the command that learns from them."""
        now = await self._stars.now()
        given = await in_thread(now.labels.read)
        stars = await in_thread(now.table.stars_named, list(given))
        path = now.labels.path
        return json_answer(
            {
                "labels": [
                    {
                        "star": stars.get(name),
                        "name": name,
                        "label": one.label or None,
                        "note": one.note,
                    }
                    for name, one in given.items()
                ],
                "file": str(path),
                "command": f"xenoscan rank {quote(str(self._root))} --labels {quote(str(path))}",
            }
        )

    async def save(self, request: web.Request) -> web.Response:
        """Save what a person says of a star."""
        asked = await json_object(request)
        star, label, note = asked.get("star"), asked.get("label"), asked.get("note") or ""
        if not isinstance(star, str) or not isinstance(note, str):
            raise UsageError("star and note are texts")
        if label is not None and not isinstance(label, str):
            raise UsageError("a label is a text or null")
        now = await self._stars.now()
        row = await in_thread(now.table.find, star)
        if row is None:
            raise web.HTTPNotFound(text=f"the data set has no star {star[:100]!r}")
        given = GivenLabel(label or "", note) if label or note.strip() else None
        async with self._saving:
            await in_thread(now.labels.save, str(row["name"]), given)
        return json_answer({"star": star, "label": label, "note": note})
