"""Directives that show closed sets of the code as tables: reasons, missions, features, labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import chain

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

from preprocessing.analysis.missing import Missing
from preprocessing.core.reasons import TRANSIENT, Reason
from preprocessing.core.value_column import ValueColumn
from preprocessing.features.domains import FEATURES
from preprocessing.features.extraction import COMPANIONS
from preprocessing.features.table.columns import OF_CANDIDATE
from preprocessing.missions import MISSIONS
from preprocessing.tables.curve_rows import OF_LIGHT_CURVE
from preprocessing.vetting.families import DISPOSITION, RULES
from preprocessing.vetting.label import Undecided
from preprocessing.vetting.table.columns import OF_CANDIDATE as OF_VETTED_CANDIDATE
from preprocessing.vetting.table.columns import OF_EVENT, OF_POPULATION, OF_ROW


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


class Features(Directive):
    """Every feature, with its definition."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        header = ("#", "Column", "Meaning", "Formula", "Unit", "Range", "Null when", "Reference")
        return [table(header, feature_rows())]


class FeatureCompanions(Directive):
    """Every column that stands beside the features, and every column of a candidate."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table of what stands beside, or that of ``candidates``."""
        companions = OF_CANDIDATE if self.arguments else (*OF_LIGHT_CURVE, *COMPANIONS)
        return [table(("Column", "Type", "Unit", "Meaning"), companion_rows(companions))]


class MissingFeatures(Directive):
    """Every reason why a feature has no value."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        return [table(("Reason", "Meaning"), meaning_rows(Missing))]


class Labels(Directive):
    """Every label, with its rule."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = ((f"`{rule.label}`", rule.meaning, f"{rule.rule}.") for rule in RULES)
        return [table(("Label", "Meaning", "Given when"), rows)]


class UndecidedLabels(Directive):
    """Every reason why a label can be neither given nor denied."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        return [table(("Reason", "Meaning"), meaning_rows(Undecided))]


class VettingColumns(Directive):
    """The columns of one table of vetting, beside those that say which star it is."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table of ``vetting``, ``events``, ``dispositions`` or ``population``."""
        evidence = chain.from_iterable(rule.evidence for rule in RULES)
        columns: Mapping[str, Iterable[ValueColumn]] = {
            "vetting": (*OF_ROW, *evidence),
            "events": OF_EVENT,
            "dispositions": (*OF_VETTED_CANDIDATE, *DISPOSITION),
            "population": OF_POPULATION,
        }
        rows = companion_rows(columns[self.arguments[0]])
        return [table(("Column", "Type", "Unit", "Meaning"), rows)]


def feature_rows() -> Iterator[tuple[str, ...]]:
    """Yield the cells of each feature."""
    for number, one in enumerate(FEATURES, 1):
        yield (
            str(number),
            f"`{one.name}`",
            one.meaning,
            one.formula,
            one.unit,
            f"{one.low:g} to {one.high:g}",
            one.undefined_when,
            one.reference,
        )


def companion_rows(companions: Iterable[ValueColumn]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each companion: column, type, unit, meaning."""
    kinds = {float: "float64", int: "int64", str: "string", bool: "bool"}
    for one in companions:
        yield f"`{one.name}`", kinds[one.kind], one.unit, one.meaning


def meaning_rows(values: type[Enum]) -> Iterator[tuple[str, str]]:
    """Yield the cells of each value of a closed set: the value, and the comment above it."""
    comments = ModuleAnalyzer.for_module(values.__module__).find_attr_docs()
    for one in values:
        yield f"`{one}`", " ".join(" ".join(comments[values.__name__, one.name]).split())


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
    app.add_directive("features", Features)
    app.add_directive("feature-companions", FeatureCompanions)
    app.add_directive("missing-features", MissingFeatures)
    app.add_directive("labels", Labels)
    app.add_directive("undecided-labels", UndecidedLabels)
    app.add_directive("vetting-columns", VettingColumns)
    return {"parallel_read_safe": True}
