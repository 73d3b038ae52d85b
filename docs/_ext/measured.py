"""Roles and a directive that insert measured numbers and tables, and numbers of the code.

``{measured}`Labels / Real stars | binary | right` `` is a cell of benchmarks/RESULTS.md, and
``{number-of}`preprocessing.features.schema.FEATURE_NAMES` `` a number of the code, or how many
members it has. What is not there ends the build.
"""

from __future__ import annotations

from collections.abc import Sized
from importlib import import_module
from pathlib import Path
from typing import Any

from code_tables import table
from docutils import nodes
from docutils.parsers.rst import Directive
from results_tables import NotMeasuredError, number_in, read_tables, table_named
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "RESULTS.md"


class MeasuredTable(Directive):
    """A table of the results, as it stands there."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        found = _or_end(table_named, self.arguments[0])
        return [table(found.header, found.rows)]


def measured(*arguments: Any) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Return the cell that a role names."""
    return [nodes.Text(_or_end(number_in, arguments[2]))], []


def number_of(*arguments: Any) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Return the number that a role names; of what has members, how many."""
    module, _, name = arguments[2].rpartition(".")
    value = getattr(import_module(module), name)
    number = len(value) if isinstance(value, Sized) and not isinstance(value, str) else value
    return [nodes.Text(str(number))], []


def _or_end(look_up: Any, place: str) -> Any:
    try:
        return look_up(read_tables(RESULTS), place)
    except NotMeasuredError as error:
        raise ExtensionError(f"{RESULTS.name}: {error}") from error


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_role("measured", measured)
    app.add_role("number-of", number_of)
    app.add_directive("measured-table", MeasuredTable)
    return {"parallel_read_safe": True}
