"""Conditions that users write: one expression of SQL, about columns of the catalog alone."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from typing import Any

from preprocessing.catalog.store import Catalog, first_line, quoted
from preprocessing.core.errors import UsageError

__all__ = ["check_expression"]

#: Characters: nobody writes so long a condition, and the parser nests no deeper.
_LONGEST = 1000
_QUERY = "SELECT 1 FROM stars WHERE "
#: Where in the text something stands changes nothing about what it means.
_PLACES = ("query_location", "query_location_length")
#: What an expression may be made of, as DuckDB names it. Not in it are subqueries, windows,
#: lambdas, casts, parameters, `*` and whatever else there is or will be.
_CLASSES = frozenset(
    {"BETWEEN", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "OPERATOR"}
)
_OPERATORS = frozenset(
    {
        "COMPARE_IN",
        "COMPARE_NOT_IN",
        "OPERATOR_IS_NOT_NULL",
        "OPERATOR_IS_NULL",
        "OPERATOR_NOT",
    }
)
#: Functions of numbers, LIKE in its spellings (`~~`), and what is asked of lists.
_FUNCTIONS = frozenset(
    {"+", "-", "*", "/", "//", "%", "^", "**"}
    | {"abs", "ceil", "exp", "floor", "greatest", "least", "ln", "log", "log10", "log2"}
    | {"pow", "power", "round", "sqrt", "lower", "upper", "~~", "!~~", "~~*", "!~~*"}
    | {"contains", "list_contains"}
)
#: For a message: operators are functions to the parser, and not to a person.
_FUNCTION_NAMES = ", ".join(sorted(name for name in _FUNCTIONS if name[0].isalpha()))


def check_expression(text: str, catalog: Catalog) -> str:
    """Return a condition that is one.

    Parameters
    ----------
    text : str
        As in ``kepmag < 14 and teff between 4000 and 7000 and nquarters >= 12``.
    catalog : Catalog

    Raises
    ------
    UsageError
        It is no expression, names what is no column, or does anything but compare.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"--where is longer than {_LONGEST} characters")
    if not text.strip():
        raise UsageError("--where is empty")
    if any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        # So Python spells bytes on the command line that are no text.
        raise UsageError("--where is not a text in UTF-8")
    try:
        condition = _condition(text, catalog)
        columns = frozenset(column.name for column in catalog.layout.columns)
        for complaint in _complaints(condition, columns):
            raise UsageError(f"--where {complaint}")
    except RecursionError as error:
        raise UsageError("--where is nested too deeply") from error
    _try(text, catalog)
    return text


def _condition(text: str, catalog: Catalog) -> Any:
    """Return what DuckDB's own parser makes of a condition."""
    asked = _parsed(_QUERY + text, catalog)
    plain = _parsed(f"{_QUERY}TRUE", catalog)
    condition = asked.pop("where_clause")
    plain.pop("where_clause")
    # A LIMIT, a GROUP BY or a second table make another query of it.
    if asked != plain:
        raise UsageError("--where holds more than a condition")
    return condition


def _parsed(query: str, catalog: Catalog) -> dict[str, Any]:
    import duckdb

    try:
        answer = json.loads(catalog.rows(f"SELECT json_serialize_sql({quoted(query)})")[0][0])
    except duckdb.Error as error:
        raise UsageError(f"--where cannot be read: {first_line(error)}") from error
    if answer["error"]:
        raise UsageError(f"--where cannot be read: {answer['error_message'].splitlines()[0]}")
    if len(answer["statements"]) != 1:
        raise UsageError("--where holds more than a condition")
    statement: dict[str, Any] = _without_places(answer["statements"][0])
    node: dict[str, Any] = statement["node"]
    if node.get("type") != "SELECT_NODE":
        raise UsageError("--where holds more than a condition")
    return node


def _without_places(part: Any) -> Any:
    if isinstance(part, dict):
        return {k: _without_places(v) for k, v in part.items() if k not in _PLACES}
    return [_without_places(each) for each in part] if isinstance(part, list) else part


def _complaints(part: Any, columns: Container[str]) -> Iterator[str]:
    """Yield what is wrong with a part of a condition, or a part of that."""
    if isinstance(part, dict):
        if "class" in part:
            yield from _complaints_of(part, columns)
        for each in part.values():
            yield from _complaints(each, columns)
    elif isinstance(part, list):
        for each in part:
            yield from _complaints(each, columns)


def _complaints_of(part: dict[str, Any], columns: Container[str]) -> Iterator[str]:
    kind, exact = part["class"], part.get("type")
    if kind not in _CLASSES or (kind == "OPERATOR" and exact not in _OPERATORS):
        name = str(exact if kind == "OPERATOR" else kind).lower().replace("_", " ")
        yield f"may compare columns and numbers, not hold a {name}"
    if kind == "FUNCTION" and part["function_name"] not in _FUNCTIONS:
        yield f"cannot use {part['function_name']}: there are {_FUNCTION_NAMES}"
    if kind == "COLUMN_REF":
        name = ".".join(part["column_names"])
        if name.lower() not in columns:
            yield f"names {name}, which is no column of the catalog"


def _try(text: str, catalog: Catalog) -> None:
    """Evaluate a condition for every star: a value may be none where its type is right."""
    import duckdb

    try:
        kinds = catalog.rows(f"SELECT DISTINCT typeof(({text}\n)) FROM stars")
        catalog.rows(f"SELECT count(*) FROM stars WHERE ({text}\n)")
    except duckdb.Error as error:
        raise UsageError(f"--where cannot be used: {first_line(error)}") from error
    if any(kind != "BOOLEAN" for (kind,) in kinds):
        raise UsageError("--where is a value, not a condition that is true or false")
