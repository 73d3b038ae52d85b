"""The page's own files, read once: a page asks for twenty of them, and waits for each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

__all__ = ["StaticFiles"]

#: What this machine calls a kind of file may be anything; browsers run scripts of one kind alone.
_KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}
_TEXT = "text/plain"
#: A browser asks each time whether its copy is still right, and need not compile it anew if it is.
_ASK_AGAIN = "no-cache"


@dataclass(frozen=True)
class _File:
    content: bytes
    kind: str
    tag: str


class StaticFiles:
    """Answers with the files of a folder as they were at the start.

    Parameters
    ----------
    folder : Path
        The folder, with its subfolders. Nothing outside can be asked for: paths are looked up
        among the files that were found.
    """

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered: the page, and its files under ``/static/``."""
        return [web.get("/", self.page), web.get("/static/{path:.+}", self.file)]

    async def page(self, request: web.Request) -> web.Response:
        """Return the page."""
        return self._answer(request, "index.html")

    async def file(self, request: web.Request) -> web.Response:
        """Return a file."""
        return self._answer(request, request.match_info["path"])

    def _answer(self, request: web.Request, path: str) -> web.Response:
        file = self._files.get(path)
        if file is None:
            raise web.HTTPNotFound(text="there is no such file\n")
        headers = {"ETag": file.tag, "Cache-Control": _ASK_AGAIN}
        if request.headers.get("If-None-Match") == file.tag:
            return web.Response(status=304, headers=headers)
        return web.Response(
            body=file.content, content_type=file.kind, charset="utf-8", headers=headers
        )


def _read(path: Path) -> _File:
    content = path.read_bytes()
    return _File(
        content, _KINDS.get(path.suffix, _TEXT), f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    )
