"""Directives that show closed sets of the code as tables: ``reasons``, ``missions``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

from preprocessing.core.reasons import TRANSIENT, Reason
from preprocessing.missions import MISSIONS


class Reasons(Directive):
    """Every reason, with its meaning and whether ``--resume`` tries it again."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        header = ("`reason`", "Meaning", "Does `--resume` try again?")
        return [table(header, reason_rows())]


class Missions(Directive):
    """Every mission and author, with its cadences and fluxes."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        return [table(("`--mission`", "`--author`", "`--cadence`", "`--flux`"), mission_rows())]


def reason_rows() -> Iterator[tuple[str, str, str]]:
    """Yield the cells of each reason: value, meaning, retried or not."""
    comments = ModuleAnalyzer.for_module("preprocessing.core.reasons").find_attr_docs()
    for reason in Reason:
        meaning = " ".join(" ".join(comments["Reason", reason.name]).split())
        again = "yes" if reason in TRANSIENT else "no"
        if reason is Reason.PARTIAL:
            again = "if the reason of a missing file is tried again"
        yield f"`{reason}`", meaning, again


def mission_rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the cells of each author: mission, author, cadences, fluxes."""
    for mission in MISSIONS.values():
        for author in mission.authors:
            fluxes = tuple(author.layout.fluxes) if author.layout else ()
            yield (
                f"`{mission.name}`",
                f"`{author.name}`",
                listed(author.cadences),
                listed(fluxes) or "cannot be read: reason `unreadable`",
            )


def listed(names: Iterable[str]) -> str:
    """Return names as code, with commas between."""
    return ", ".join(f"`{name}`" for name in names)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> nodes.table:
    """Return a table whose cells are text with backquotes around code."""
    group = nodes.tgroup(cols=len(header))
    group += [nodes.colspec(colwidth=1) for _ in header]
    group += nodes.thead("", _row(header))
    group += nodes.tbody("", *(_row(cells) for cells in rows))
    return nodes.table("", group)


def _row(cells: Sequence[str]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *_marked_up(c))) for c in cells))


def _marked_up(text: str) -> Iterator[nodes.Node]:
    # Every second piece between backquotes is code; docstrings double theirs.
    for number, piece in enumerate(text.replace("``", "`").split("`")):
        if piece:
            yield nodes.literal("", piece) if number % 2 else nodes.Text(piece)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("reasons", Reasons)
    app.add_directive("missions", Missions)
    return {"parallel_read_safe": True}
