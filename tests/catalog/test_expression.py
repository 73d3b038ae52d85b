"""Conditions choose stars, and no condition can do anything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.catalog.expression import check_expression
from preprocessing.catalog.store import Catalog, open_catalog
from preprocessing.core.errors import UsageError
from tests.support.small_catalog import catalog_of, save_catalog


def _numbers(catalog: Catalog, text: str) -> list[int]:
    condition = check_expression(text, catalog)
    rows = catalog.rows(f"SELECT kic FROM stars WHERE ({condition}\n) ORDER BY kic")
    return [number for (number,) in rows]


STARS: tuple[dict[str, Any], ...] = (
    {},
    {"kepmag": 15.0},
    {"teff": 3500.0, "disposition": "CONFIRMED", "n_planets": 2},
    {"nquarters": 3, "quarters": [5, 6, 7]},
    {"teff": None, "cdpp": None},
)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("kepmag < 14 and teff between 4000 and 7000 and nquarters >= 12", [1]),
        ("KepMag >= 15 OR Teff < 4000", [2, 3]),
        ("not (teff > 4000)", [3]),
        ("teff is null", [5]),
        ("cdpp is not null and disposition in ('CONFIRMED', 'CANDIDATE')", [3]),
        ("disposition like 'CONF%' and n_planets <> 1", [3]),
        ("list_contains(quarters, 5) and nquarters < 12", [4]),
        ("sqrt(mass) = 1 and abs(dec) - 2 * 20 = 4 and -ra < 0 and kepmag <= 1.2e1", [1, 3, 4, 5]),
        ("kepmag > 14 -- faint ones", [2]),
        ("kepmag > 14 /* faint ones */", [2]),
        ("((((kepmag > 14))))", [2]),
    ],
)
def test_what_it_says(text: str, numbers: list[int]) -> None:
    """A condition chooses the stars for which it is true, and not those with unknown values."""
    assert _numbers(catalog_of(STARS), text) == numbers


HOSTILE = (
    "",
    "   ",
    "kepmag <",
    "kepmag < 14)",
    "(kepmag < 14",
    "'kepmag",
    "kepmag < 14;",
    "kepmag < 14; DROP TABLE stars",
    "1 = 1; ATTACH '/tmp/x.db'",
    "1 = 1) UNION SELECT 1 FROM stars WHERE (1 = 1",
    "1 = 1 UNION ALL SELECT 1",
    "kepmag < 14 LIMIT 1",
    "kepmag < 14 ORDER BY 1",
    "kepmag < 14 GROUP BY 1",
    "kepmag < 14 QUALIFY row_number() OVER () = 1",
    "kepmag IN (SELECT kepmag FROM stars)",
    "kepmag IN (SELECT * FROM read_csv('/etc/passwd'))",
    "EXISTS (SELECT 1 FROM '/etc/passwd')",
    "EXISTS (WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT i FROM t)",
    "kepmag < ALL (SELECT 1)",
    "read_csv('/etc/passwd')",
    "read_text('/etc/passwd') = 'x'",
    "getenv('HOME') = 'x'",
    "current_setting('temp_directory') = 'x'",
    "repeat('x', 1000000000) = 'x'",
    "len(range(1000000000)) > 1",
    "list_contains(range(1000000000), 3)",
    "list_contains([x FOR x IN quarters], 1)",
    "row_number() OVER () = 1",
    "sum(kepmag) > 1",
    "COLUMNS(*) > 1",
    "* > 1",
    "kepmag::INTEGER = 1",
    "kepmag = CAST(1 AS DOUBLE)",
    "CASE WHEN true THEN true END",
    "kepmag < $1",
    "kepmag < ?",
    "stars.kepmag < 14",
    "rowid < 3",
    "current_user = 'x'",
    "kepmg < 14",
    "kepmag < 'bright'",
    "disposition < 14",
    "unnest(quarters) = 1",
    "not_a_function(kepmag) > 1",
    "kepmag < 14 \0",
    "kepmag < 14 \udcff",
    "1 = 1" + " AND 1 = 1" * 200,
    "(" * 5000 + "1 = 1" + ")" * 5000,
    "NOT " * 240 + "kepmg",
    "1" + "+1" * 490 + " > 0",
    "kepmag < 14 " + "x" * 1000,
)


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:40]))
def test_what_is_refused(text: str, tmp_path: Path) -> None:
    """One line says what is wrong with a condition, and the stars stay available."""
    with open_catalog(save_catalog(tmp_path / "stars.parquet", STARS)) as catalog:
        with pytest.raises(UsageError, match=r"\A.*--where.*\Z"):
            _numbers(catalog, text)
        assert catalog.rows("SELECT count(*) FROM stars") == [(len(STARS),)]


def test_functions_that_there_are(tmp_path: Path) -> None:
    """Messages use function names, not the parser's spelling of operators."""
    path = save_catalog(tmp_path / "stars.parquet", STARS)
    names = r"cannot use repeat: choose abs, ceil, [a-z0-9_, ]+$"
    with open_catalog(path) as catalog, pytest.raises(UsageError, match=names):
        _numbers(catalog, "repeat('a', 9) = 'a'")


@pytest.mark.slow
@given(text=st.text(st.characters(codec=None), max_size=40))
@settings(max_examples=50)
def test_whatever_is_written_is_a_condition_or_refused(text: str) -> None:
    """Any text is a condition or is refused, and does nothing else."""
    catalog = catalog_of(STARS)
    try:
        found = _numbers(catalog, text)
    except UsageError:
        return
    assert set(found) <= {1, 2, 3, 4, 5}


def test_a_value_is_no_condition() -> None:
    """A column by itself is refused, because it is neither true nor false."""
    with pytest.raises(UsageError, match="not a condition"):
        check_expression("teff", catalog_of(STARS))
