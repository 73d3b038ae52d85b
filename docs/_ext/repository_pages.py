"""Show the repository's own pages (SETUP.md, RESULTS.md) in the site, with links that hold.

A page outside of ``docs/`` links to its neighbors in the repository, as it must where people read
it there. Included in the site, those links lead to the page of the site that has the same content.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

#: Files outside of ``docs/`` and the pages of the site that show them.
PAGES = {
    "README.md": "index.md",
    "SETUP.md": "guides/install.md",
    "CONTRIBUTING.md": "develop/contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "develop/measuring.md",
    "benchmarks/RESULTS.md": "performance.md",
}
_LINK = re.compile(
    r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>(?!https?:)[^)#\s]+)(?P<anchor>#[^)]*)?\)"
)


def with_site_links(text: str, file: Path, page: str) -> str:
    """Return a Markdown text whose links to files lead to pages of the site.

    Parameters
    ----------
    text : str
        Markdown of a file of the repository.
    file : Path
        That file; its links are relative to its folder.
    page : str
        Where the text is shown, as in ``guides/install.md``. A link to a file that the site does
        not show becomes plain text.
    """
    up = "../" * page.count("/")

    def replaced(match: re.Match[str]) -> str:
        target = (file.parent / match["target"]).resolve()
        relative = target.relative_to(ROOT).as_posix()
        anchor = match["anchor"] or ""
        if relative in PAGES:
            return f"[{match['text']}]({up}{PAGES[relative]}{anchor})"
        if target.is_relative_to(DOCS):
            return f"[{match['text']}]({up}{target.relative_to(DOCS).as_posix()}{anchor})"
        return match["text"]

    return _LINK.sub(replaced, text)


def _on_include(app: Sphinx, path: Path, parent: str, content: list[str]) -> None:
    file = (DOCS / path).resolve()
    if not file.is_relative_to(DOCS):
        # MyST passes only the last part of the page's name.
        content[0] = with_site_links(content[0], file, f"{app.env.docname}.md")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("include-read", _on_include)
    return {"parallel_read_safe": True}
