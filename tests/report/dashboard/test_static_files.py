"""The page's own files are answered from memory, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from preprocessing.report.dashboard.server import STATIC
from tests.report.dashboard.conftest import Browse

_START = (STATIC / "start.js").read_text(encoding="utf-8")
_INDEX = (STATIC / "index.html").read_text(encoding="utf-8")
_IMPORTED = re.compile(r"""(?:\bfrom |\bimport\()"([./][^"]+\.js)\"""")


@pytest.mark.slow
async def test_files(ranked_root: Path, browse: Browse) -> None:
    """A file comes with its kind, or word that the browser has it; nothing else is found."""
    async with browse(ranked_root) as browser:
        kinds = {
            "": "text/html",
            "static/main.js": "text/javascript",
            "static/icon.svg": "image/svg+xml",
        }
        for path, kind in kinds.items():
            async with browser.session.get(browser.address + path) as answer:
                name = PurePosixPath(path).relative_to("static") if path else "index.html"
                assert await answer.read() == (STATIC / name).read_bytes()
                assert answer.content_type == kind
                known = {"If-None-Match": answer.headers["ETag"]}
            async with browser.session.get(browser.address + path, headers=known) as answer:
                assert (answer.status, await answer.read()) == (304, b"")
        for path in ("static/", "static/pages", "static/none.js", "static/main.js/"):
            await browser.get(path, 404)


def _needed(module: str) -> set[str]:
    """Return a module with all that it imports."""
    found = {module}
    if module.startswith("vendor/"):
        return found
    folder = PurePosixPath("/static") / PurePosixPath(module).parent
    for path in _IMPORTED.findall((STATIC / module).read_text(encoding="utf-8")):
        target = Path("/", folder, path).resolve().relative_to("/static").as_posix()
        found |= _needed(target)
    return found


def _listed(names: str) -> set[str]:
    charts = re.search(r"const CHARTS = \[(.*?)\]", _START)
    assert charts is not None
    return set(re.findall(r'"([^"]+)"', names.replace("...CHARTS", charts[1])))


def test_modules_are_asked_for_at_once() -> None:
    """The modules that each page imports are those that are named to be fetched ahead."""
    shared = {*re.findall(r'modulepreload" href="/static/([^"]+)"', _INDEX)}
    pages = re.findall(r'^    (?:"")?(\w*): \[(.*)\],$', _START, re.MULTILINE)
    assert {name for name, _ in pages} == {"", "run", "stars", "sky", "star", "triage"}
    for name, names in pages:
        expected = _needed(f"pages/{name or 'overview'}.js")
        assert _listed(names) | shared == expected | shared, name
        assert shared >= {"api.js", "dom.js", "theme.js"}
