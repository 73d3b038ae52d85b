"""Directives that show closed sets of the code as tables: reasons, missions, features, labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from importlib import import_module
from itertools import chain

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

from preprocessing.analysis.missing import Missing
from preprocessing.anomalies.baseline import Quiet
from preprocessing.anomalies.classes import CLASSES
from preprocessing.anomalies.explained import CAUSES, EXPLAINED
from preprocessing.anomalies.table.columns import baseline_columns, ranking_columns
from preprocessing.core.reasons import TRANSIENT, Reason
from preprocessing.core.value_column import ValueColumn
from preprocessing.features.domains import FEATURES
from preprocessing.features.extraction import COMPANIONS
from preprocessing.features.table.columns import OF_CANDIDATE
from preprocessing.missions import MISSIONS
from preprocessing.tables.curve_rows import OF_LIGHT_CURVE
from preprocessing.validation.schema import TRIALS
from preprocessing.validation.table.columns import COLUMNS_OF, trial_columns
from preprocessing.validation.trial_sets import SET_OF
from preprocessing.vetting.families import DISPOSITION, RULES
from preprocessing.vetting.label import Undecided
from preprocessing.vetting.table.columns import OF_CANDIDATE as OF_VETTED_CANDIDATE
from preprocessing.vetting.table.columns import OF_EVENT, OF_POPULATION, OF_ROW, OF_STAR

#: The modules of `vetting` in which labels are decided.
LABEL_MODULES = (
    "known_objects",
    "matching",
    "pulsators",
    "modes",
    "cycle",
    "binaries",
    "eclipses",
    "orbit_period",
    "rotation",
    "flares",
    "flare_light",
    "excursions",
    "steps",
    "instrument",
    "dump_clock",
    "near_times",
    "settling",
    "coincidence",
)


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


class LabelLimits(Directive):
    """Every number in the rules of labels, with its value, its meaning and where it comes from."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        header = ("Where", "Number", "Value", "What it is, in which unit, and why")
        return [table(header, chain.from_iterable(map(limit_rows, LABEL_MODULES)))]


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
            "vetting": (*OF_STAR, *OF_ROW, *evidence),
            "events": OF_EVENT,
            "dispositions": (*OF_VETTED_CANDIDATE, *DISPOSITION),
            "population": OF_POPULATION,
        }
        rows = companion_rows(columns[self.arguments[0]])
        return [table(("Column", "Type", "Unit", "Meaning"), rows)]


class RankingClasses(Directive):
    """Every class of strange stars, with its rule, in the order in which they are tried."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = ((f"`{rule.name}`", rule.meaning, f"{rule.rule}.") for rule in CLASSES)
        return [table(("Class", "Meaning", "Given when"), rows)]


class RankingColumns(Directive):
    """The columns of one table of the ranking, beside those that say which star it is."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table of ``ranking`` or ``baseline``."""
        of = {"ranking": ranking_columns, "baseline": baseline_columns}[self.arguments[0]]
        columns = of(next(iter(MISSIONS.values())))[3:]
        return [table(("Column", "Type", "Unit", "Meaning"), companion_rows(columns))]


class QuietReasons(Directive):
    """Every reason why a star is, or is not, in the baseline."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        return [table(("Reason", "Meaning"), meaning_rows(Quiet))]


class ExplainedFeatures(Directive):
    """The features that each label explains, by how their names begin."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = (
            (f"`{label}`", ", ".join(f"`{one}`" for one in dict.fromkeys(beginnings)))
            for label, beginnings in (*EXPLAINED.items(), *CAUSES.items())
        )
        return [table(("Label", "Features"), rows)]


class TrialSets(Directive):
    """Every set of trials of the validation."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = (
            (
                f"`{one.name}`",
                str(one.use),
                one.meaning,
                "yes" if one.is_default else "if asked for",
            )
            for one in SET_OF.values()
        )
        return [table(("Set", "Shows", "Light", ""), rows)]


class ValidationColumns(Directive):
    """The columns of one table of the validation."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table of one of the names in `preprocessing.validation.schema`."""
        name = self.arguments[0]
        is_trials = name == TRIALS
        columns = trial_columns(next(iter(MISSIONS.values()))) if is_trials else COLUMNS_OF[name]
        return [table(("Column", "Type", "Unit", "Meaning"), companion_rows(columns))]


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


def limit_rows(module: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield the cells of the numbers that a module of `vetting` has, by the comment above them."""
    name = f"preprocessing.vetting.{module}"
    values, comments = vars(import_module(name)), ModuleAnalyzer.for_module(name).find_attr_docs()
    found: dict[str, list[str]] = {}
    for constant in numbers_of(module):
        comment = " ".join(" ".join(comments["", constant]).split())
        found.setdefault(comment, []).append(constant)
    for comment, names in found.items():
        spelled = (one.strip("_").lower() for one in names)
        yield f"`{module}`", listed(spelled), ", ".join(f"{values[n]}" for n in names), comment


def numbers_of(module: str) -> Iterator[str]:
    """Yield the names of the constants of a module of `vetting` that are numbers."""
    values = vars(import_module(f"preprocessing.vetting.{module}"))
    own = values["__all__"]
    for name, value in values.items():
        parts = value if isinstance(value, tuple) else (value,)
        is_number = parts and all(type(one) in (int, float) for one in parts)
        if is_number and (name in own or re.fullmatch("_[A-Z][A-Z0-9_]*", name)):
            yield name


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
    app.add_directive("label-limits", LabelLimits)
    app.add_directive("undecided-labels", UndecidedLabels)
    app.add_directive("vetting-columns", VettingColumns)
    app.add_directive("ranking-classes", RankingClasses)
    app.add_directive("ranking-columns", RankingColumns)
    app.add_directive("quiet-reasons", QuietReasons)
    app.add_directive("explained-features", ExplainedFeatures)
    app.add_directive("trial-sets", TrialSets)
    app.add_directive("validation-columns", ValidationColumns)
    return {"parallel_read_safe": True}
