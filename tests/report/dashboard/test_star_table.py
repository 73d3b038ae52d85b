"""All stars are one table, and a filter can do nothing but choose among them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.core.errors import UsageError
from preprocessing.report.dashboard.star_loading import load_star_table
from preprocessing.report.dashboard.star_sources import read_star_sources
from preprocessing.report.dashboard.star_table import PageRequest, StarTable
from tests.report.dashboard.conftest import N_STARS
from tests.support.ranked_stars import DIPPER

pytestmark = pytest.mark.slow

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
#: Pieces of SQL, some of which would read files, change the table or ask for others.
_PIECES = (
    *("rank", "score", "name", "label", '"similar"', "nothing", "1", "0.5", "'a'", "NULL", "TRUE"),
    *("and", "or", "not", "in", "like", "between", "is null", "<", "=", "(", ")", ",", ";", "--"),
    *("/*", "*/", "case when", "then", "end", "select", "from stars", "union all", "limit 1"),
    *("read_csv('/etc/passwd')", "delete from stars", "drop table stars", "attach 'x'"),
    *("pragma database_list", "?", "$1", "{}", "[1]", "::text", "x -> x", "over ()", "\n", "\\"),
)
_REQUEST = PageRequest(size=1000, columns=("rank", "score", "name", "outcome"))


@pytest.fixture(scope="module")
def table(ranked_root: Path) -> Iterator[StarTable]:
    """The table of all stars."""
    loaded = load_star_table(read_star_sources(ranked_root))
    yield loaded
    loaded.close()


def _asked(table: StarTable, where: str) -> list[dict[str, object]]:
    rows = table.page(PageRequest(size=1000, columns=_REQUEST.columns, where=where)).rows
    return list(rows)


@settings(max_examples=20, deadline=None)
@given(
    column=st.sampled_from(["rank", "score"]),
    compare=st.sampled_from(sorted(_COMPARE)),
    value=st.one_of(st.integers(-3, 50), st.floats(-1, 4, width=16)),
    is_negated=st.booleans(),
)
def test_a_filter_chooses(
    table: StarTable, column: str, compare: str, value: float, is_negated: bool
) -> None:
    """A filter chooses the stars for which Python agrees, and none without a value."""
    where = f"{'not ' * is_negated}({column} {compare} {value!r})"
    expected = [
        row
        for row in table.page(_REQUEST).rows
        if row[column] is not None and _COMPARE[compare](row[column], value) != is_negated
    ]
    assert _asked(table, where) == expected


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=8).map(" ".join))
def test_a_filter_does_nothing_else(table: StarTable, where: str) -> None:
    """Whatever a filter says, it chooses stars or is refused in words, and the table stays."""
    try:
        assert len(_asked(table, where)) <= N_STARS + 1
    except UsageError as error:
        assert str(error).startswith("the filter")
    assert table.rows("SELECT count(*) FROM stars") == [(N_STARS + 1,)]


@pytest.mark.parametrize("where", ["", "rank > 3 -- \n or rank < 2", "score is null", "1 = 2"])
@pytest.mark.parametrize("sort", ["", "score", "name", "outcome", "label"])
@pytest.mark.parametrize("is_descending", [False, True])
def test_first_rows(table: StarTable, where: str, sort: str, is_descending: bool) -> None:
    """The first page, for which the others are not sorted, begins what all of them have."""
    asked = PageRequest(1, 7, sort, is_descending, where, ("rank", "score", "outcome"))
    first = table.page(asked)
    table.page(replace(asked, page=2))
    # From here on, the order of all stars is known.
    assert table.page(asked) == first


def test_names_that_are_no_columns(table: StarTable) -> None:
    """Values are never part of a query's text, whatever letters they have."""
    quoted = "kic_1' or 'a' = 'a"
    assert table.find(quoted) is None
    assert table.stars_named([quoted, f"KIC {DIPPER}"]) == {f"KIC {DIPPER}": f"kic_{DIPPER}"}
    table.label({quoted: "known", f"KIC {DIPPER}": quoted})
    assert [row["name"] for row in _asked(table, "label is not null")] == [f"KIC {DIPPER}"]
    table.label({})
    assert _asked(table, "label is not null") == []
    with pytest.raises(UsageError, match="there is no column"):
        table.page(PageRequest(sort='rank" desc; --'))
