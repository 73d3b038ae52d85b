"""The files of the dashboard's pages: what is others', and what ours must not hold."""

from __future__ import annotations

import hashlib
import re

from preprocessing.report.dashboard.server import STATIC

_VENDOR = STATIC / "vendor"
_OURS = [path for path in STATIC.rglob("*") if path.is_file() and _VENDOR not in path.parents]


def test_vendored_files() -> None:
    """The libraries of others are those that their table names, each with its license."""
    table = (_VENDOR / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+)` \| .* `(\S+)` \| `([0-9a-f]{64})` \|$", table, re.MULTILINE)
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in _VENDOR.iterdir()
        if path.suffix in (".js", ".css")
    }
    assert {name: digest for name, _, digest in rows} == found
    assert all("MIT" in (_VENDOR / license).read_text() for _, license, _ in rows)


def test_text_never_becomes_markup() -> None:
    """Pages have no script or style of their own in HTML, and make none of text."""
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|style="
    )
    found = {
        path.name: match[0]
        for path in _OURS
        if (match := re.search(forbidden, path.read_text(encoding="utf-8")))
    }
    assert found == {}
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\ssrc=\"/static/)|<style|\son\w+=", page) == []


def test_sizes() -> None:
    """No script of ours has more than 500 lines."""
    scripts = [path for path in _OURS if path.suffix == ".js"]
    assert scripts and all(
        len(path.read_text(encoding="utf-8").splitlines()) <= 500 for path in scripts
    )
