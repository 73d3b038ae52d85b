"""Check conditions that users write: one SQL expression on the catalog's columns, nothing else."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from typing import Any, Protocol

from preprocessing.catalog.store import first_line, quoted
from preprocessing.core.errors import UsageError

__all__ = ["StarTable", "check_expression"]

#: The most characters of a condition. Nobody needs more, and it bounds the parser's nesting.
_LONGEST = 1000
_QUERY = "SELECT 1 FROM stars WHERE "
#: Fields of DuckDB's syntax tree that give positions in the text; they do not change its meaning.
_POSITIONS = ("query_location", "query_location_length")
#: What an expression may consist of, in DuckDB's terms. Anything else is refused: subqueries,
#: windows, lambdas, casts, parameters, `*`, and whatever later versions add.
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
#: Functions of numbers, text and lists that may be used; `~~` and its variants are LIKE.
_FUNCTIONS = frozenset(
    {"+", "-", "*", "/", "//", "%", "^", "**"}
    | {"abs", "ceil", "exp", "floor", "greatest", "least", "ln", "log", "log10", "log2"}
    | {"pow", "power", "round", "sqrt", "lower", "upper", "~~", "!~~", "~~*", "!~~*"}
    | {"contains", "list_contains"}
)
#: The functions as a message lists them, without operators, which only the parser calls functions.
_FUNCTION_NAMES = ", ".join(sorted(name for name in _FUNCTIONS if name[0].isalpha()))


class StarTable(Protocol):
    """A database with a table ``stars``, and no access to anything else."""

    @property
    def column_names(self) -> frozenset[str]:
        """The columns that a condition may name, in small letters."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows that answer a query on the table ``stars``."""


def check_expression(text: str, catalog: StarTable) -> str:
    """Return a condition unchanged if it is valid.

    Parameters
    ----------
    text : str
        SQL such as ``kepmag < 14 and teff between 4000 and 7000 and nquarters >= 12``.
    catalog : StarTable
        The catalog, or another table of stars, on which the condition will be used.

    Raises
    ------
    UsageError
        The text is not an expression, names an unknown column, or does more than compare.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"--where is longer than {_LONGEST} characters")
    if not text.strip():
        raise UsageError("--where is empty")
    if any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        # Python represents invalid UTF-8 on the command line as lone surrogates.
        raise UsageError("--where is not valid UTF-8 text")
    try:
        condition = _condition(text, catalog)
        for complaint in _complaints(condition, catalog.column_names):
            raise UsageError(f"--where {complaint}")
    except RecursionError as error:
        raise UsageError("--where is nested too deeply") from error
    _try(text, catalog)
    return text


def _condition(text: str, catalog: StarTable) -> Any:
    """Return a condition's syntax tree from DuckDB's own parser."""
    asked = _parsed(_QUERY + text, catalog)
    plain = _parsed(f"{_QUERY}TRUE", catalog)
    condition = asked.pop("where_clause")
    plain.pop("where_clause")
    # A LIMIT, a GROUP BY or a second table changes the rest of the query.
    if asked != plain:
        raise UsageError("--where holds more than a condition")
    return condition


def _parsed(query: str, catalog: StarTable) -> dict[str, Any]:
    import duckdb

    try:
        answer = json.loads(catalog.rows(f"SELECT json_serialize_sql({quoted(query)})")[0][0])
    except duckdb.Error as error:
        raise UsageError(f"--where cannot be read: {first_line(error)}") from error
    if answer["error"]:
        raise UsageError(f"--where cannot be read: {answer['error_message'].splitlines()[0]}")
    if len(answer["statements"]) != 1:
        raise UsageError("--where holds more than a condition")
    statement: dict[str, Any] = _without_positions(answer["statements"][0])
    node: dict[str, Any] = statement["node"]
    if node.get("type") != "SELECT_NODE":
        raise UsageError("--where holds more than a condition")
    return node


def _without_positions(part: Any) -> Any:
    if isinstance(part, dict):
        return {k: _without_positions(v) for k, v in part.items() if k not in _POSITIONS}
    return [_without_positions(each) for each in part] if isinstance(part, list) else part


def _complaints(part: Any, columns: Container[str]) -> Iterator[str]:
    """Yield what is wrong with a part of a condition and with its own parts."""
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
        yield f"cannot use {part['function_name']}: choose {_FUNCTION_NAMES}"
    if kind == "COLUMN_REF":
        name = ".".join(part["column_names"])
        if name.lower() not in columns:
            yield f"names {name}, which is not a column of the table of stars"


def _try(text: str, catalog: StarTable) -> None:
    """Evaluate a condition for every star, since some errors depend on the values."""
    import duckdb

    try:
        kinds = catalog.rows(f"SELECT DISTINCT typeof(({text}\n)) FROM stars")
        catalog.rows(f"SELECT count(*) FROM stars WHERE ({text}\n)")
    except duckdb.Error as error:
        raise UsageError(f"--where cannot be used: {first_line(error)}") from error
    if any(kind != "BOOLEAN" for (kind,) in kinds):
        raise UsageError("--where is a value, not a condition that is true or false")
