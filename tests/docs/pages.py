"""The repository's Markdown pages, and the parts of them that tests look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

#: Every page that people read, in the repository and in the site.
PAGES = tuple(
    sorted(
        path
        for pattern in ("*.md", "benchmarks/*.md", "data/*.md", "checkpoints/*.md", "docs/**/*.md")
        for path in ROOT.glob(pattern)
        if "_build" not in path.parts
    )
)

_FENCE = re.compile(
    r"(?:^<!-- (?P<note>not run|first): (?P<text>.*?) -->\n)?"
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<code>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)
_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?(?P<target>[^)\s>]+)>?[^)]*\)")
_BARE = re.compile(r"<(?P<target>https?:[^>\s]+)>")
_CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code on a page.

    Parameters
    ----------
    language : str
        ``sh``, ``python``, or another word after the fence.
    code : str
    not_run : str
        Why it cannot be run by a test; empty if it can.
    before : str
        A command that readers do not see, and that has to run first; empty if there is none.
    """

    language: str
    code: str
    not_run: str = ""
    before: str = ""


def name_of(page: Path) -> str:
    """Return what a page is called in messages of tests."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    r"""Yield the blocks of code of a Markdown text.

    Examples
    --------
    >>> [block.language for block in blocks("```sh\nls\n```\n")]
    ['sh']
    """
    for match in _FENCE.finditer(text):
        note, said = match["note"], match["text"] or ""
        yield Block(
            match["language"],
            match["code"],
            not_run=said if note == "not run" else "",
            before=said if note == "first" else "",
        )


def links(text: str) -> Iterator[str]:
    """Yield the targets of all links and pictures of a Markdown text, code left out.

    Examples
    --------
    >>> list(links("[a](b.md#c), ![d](e.png), <https://f.g> and `[h](i)`"))
    ['b.md#c', 'e.png', 'https://f.g']
    """
    prose = _CODE.sub("", text)
    for pattern in (_LINK, _BARE):
        for match in pattern.finditer(prose):
            yield match["target"]


def anchors(text: str) -> set[str]:
    r"""Return the anchors of a page: one for each heading, and those that it names itself.

    Examples
    --------
    >>> sorted(anchors("# What is `done`?\n(named)=\n## More"))
    ['more', 'named', 'what-is-done']
    """
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ +(.*)$", prose, re.MULTILINE)
    named = re.findall(r"^\(([\w-]+)\)=$", prose, re.MULTILINE)
    return {*map(_slug, headings), *named}


def _slug(heading: str) -> str:
    kept = re.sub(r"[^\w\s-]", "", heading.lower())
    return re.sub(r"\s", "-", kept.strip())


def sections(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield the headings of a Markdown text that have a block of Python, and the last block.

    Examples
    --------
    >>> dict(sections("# A\n```python\n1\n```\n## B\n```sh\nls\n```\n"))
    {'A': '1\n'}
    """
    heading = "(?:^|\n)#+ +"
    for part in re.split(heading, text)[1:]:
        title, _, rest = part.partition("\n")
        codes = [block.code for block in blocks(rest) if block.language == "python"]
        if codes:
            yield title.strip(), codes[-1]
