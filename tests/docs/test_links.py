"""Tests of links: each leads to something that is there, as far as this machine can tell."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from tests.docs.pages import DOCS, PAGES, ROOT, anchors, links, name_of

#: Pages of the site that show another file of the repository, or consist of directives.
_INCLUDES = re.compile(r"^```\{include\} (?P<file>\S+)$", re.MULTILINE)
#: Sections that a directive makes of the code.
_MADE_BY_DIRECTIVES = re.compile(r"xenoscan-[a-z-]+")
_LARGEST_PICTURE_BYTES = 200_000
_LINKS = [(page, target) for page in PAGES for target in links(page.read_text())]


def test_links_inside_the_repository_lead_somewhere() -> None:
    """Each relative link names a file that is there, and a heading in it."""
    broken = [(name_of(page), target) for page, target in _LINKS if _is_broken(page, target)]
    assert broken == []


def test_links_to_other_sites_are_addresses() -> None:
    """Each external link is an https address of a named host."""
    wrong = [(name_of(page), target) for page, target in _LINKS if _is_no_address(target)]
    assert wrong == []


def test_the_readme_can_be_read_in_two_minutes() -> None:
    """The README has at most 200 lines."""
    assert len((ROOT / "README.md").read_text().splitlines()) <= 200


def test_pictures_are_small() -> None:
    """No picture of the documentation is larger than 200 kB."""
    large = [
        p.name for p in DOCS.glob("_static/*.png") if p.stat().st_size > _LARGEST_PICTURE_BYTES
    ]
    assert large == []


def test_every_page_of_the_site_can_be_reached() -> None:
    """The front page lists every page of the site."""
    listed = set(re.findall(r"^([a-z/-]+)$", (DOCS / "index.md").read_text(), re.MULTILINE))
    there = {p.relative_to(DOCS).with_suffix("").as_posix() for p in PAGES if DOCS in p.parents}
    assert there - listed == {"index"}


def _is_broken(page: Path, target: str) -> bool:
    if urlsplit(target).scheme:
        return False
    file, _, anchor = target.partition("#")
    linked = page if not file else (page.parent / file).resolve()
    if not linked.exists():
        return True
    if not anchor or _MADE_BY_DIRECTIVES.fullmatch(anchor):
        return False
    return anchor not in anchors(_with_includes(linked))


def _is_no_address(target: str) -> bool:
    parts = urlsplit(target)
    is_host = re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.hostname or "")
    return bool(parts.scheme) and not (parts.scheme == "https" and is_host)


def _with_includes(page: Path) -> str:
    text = page.read_text()
    for match in _INCLUDES.finditer(text):
        text += (page.parent / match["file"]).read_text()
    return text
