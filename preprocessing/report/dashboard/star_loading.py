"""Make the table of all stars of what the stages and the run left behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from preprocessing.catalog.store import connect, cut_off, quoted
from preprocessing.core.outcomes import REASONS
from preprocessing.core.reasons import Reason
from preprocessing.core.value_column import ValueColumn
from preprocessing.missions import MISSIONS
from preprocessing.report.dashboard.star_sources import OUTCOMES, StarSources
from preprocessing.report.dashboard.star_table import LABEL, STAR, StarTable, identifier
from preprocessing.tables.columns import value_column
from preprocessing.tables.curve_rows import FILE, NAME
from preprocessing.tables.value_tables import rows_at

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["load_star_table"]

#: The columns with a star's number, by catalog: only one of them is in a data set's tables.
_NUMBERS = frozenset(mission.catalog.lower() for mission in MISSIONS.values())
_MISSION, _SYNTHETIC = "mission", "synthetic"
#: Columns that several tables have, all of them alike.
_SHARED = frozenset({*_NUMBERS, FILE, _MISSION, _SYNTHETIC, "labels", "magnitude", "teff"})
#: The table of where each star stands in the others, and the one of counted candidates.
_PLACES, _VETTED = "places", "vetted"
#: How a light curve is named in addresses: see `StarRecord.key`.
_STAR_OF_FILE = (
    r"ltrim(regexp_replace(lower(regexp_replace({}, '\.fits$', '', 'i')), '[^\pL\pN.\-]', '_', 'g')"
    ", '.')"
)
#: The file of a target's light curve, wherever its folder was when it was written.
_FILE_OF_OUTCOME = r"nullif(regexp_extract(outcomes.filepath, '[^/\\]+$'), '')"
#: Whether a target is one of the simulator's: they have numbers that no archive uses.
_IS_SYNTHETIC = " ".join(
    [
        "CASE outcomes.mission",
        *(
            f"WHEN {quoted(mission.name)} THEN try_cast(outcomes.catalog_number AS BIGINT)"
            f" BETWEEN {mission.synthetic_numbers[0]} AND {mission.synthetic_numbers[-1]}"
            for mission in MISSIONS.values()
        ),
        "END",
    ]
)
#: Takes away what guards a cell against spreadsheets: see `preprocessing.system.printable`.
_UNGUARDED = (
    r"regexp_replace({}, '^''(''*[=+\-@\t\r\n\x{{FF1D}}\x{{FF0B}}\x{{FF0D}}\x{{FF20}}])', '\1')"
)
#: Reasons of files that are missing; the others are of files that were used, or of whole targets.
_OF_MISSING_FILES = "|".join(
    sorted(set(REASONS) - {Reason.COMPLETE, Reason.PARTIAL, Reason.UNUSUAL_MEDIAN})
)


@dataclass(frozen=True)
class _Column:
    """A column and the SQL that makes it."""

    about: ValueColumn
    sql: str

    @property
    def named(self) -> str:
        """The column in a list of those that are selected."""
        return f"{self.sql} AS {identifier(self.about.name)}"


def _text(name: str, sql: str, meaning: str) -> _Column:
    return _Column(ValueColumn(name, str, "", meaning), sql)


def _int(name: str, sql: str, meaning: str, unit: str = "") -> _Column:
    return _Column(ValueColumn(name, int, unit, meaning), f"try_cast({sql} AS BIGINT)")


def _float(name: str, sql: str, meaning: str, unit: str = "") -> _Column:
    return _Column(ValueColumn(name, float, unit, meaning), f"try_cast({sql} AS DOUBLE)")


#: What the table says of a target's download, from the table `OUTCOMES`.
_OUTCOME = (
    _text("target", _UNGUARDED.format("outcomes.target_id"), "The target as the list names it."),
    _text(
        "outcome",
        "CASE WHEN outcomes.success <> 'True' THEN 'failed'"
        " WHEN outcomes.reason = 'complete' THEN 'complete'"
        " ELSE 'partial' END",
        "complete, partial (a light curve without some of its files) or failed.",
    ),
    _text(FILE, _FILE_OF_OUTCOME, "Name of the file of the light curve."),
    _text(_MISSION, "outcomes.mission", "Who observed."),
    _Column(ValueColumn(_SYNTHETIC, bool, "", "Whether the star is simulated."), _IS_SYNTHETIC),
    _text("reason", "outcomes.reason", "The outcome of the download in one word."),
    _text("error", _UNGUARDED.format("outcomes.error"), "The files that are missing, and why."),
    _Column(
        ValueColumn(
            "failed_files",
            list,
            "",
            "Quarters, campaigns or sectors that are missing: list_contains(failed_files, 'Q9').",
        ),
        "nullif(regexp_extract_all(outcomes.error,"
        f" '(?:^|; )([^ ;]+) (?:{_OF_MISSING_FILES})\\b', 1), [])",
    ),
    _int("quarters_expected", "outcomes.quarters_found", "Files that the archive lists."),
    _int("quarters_used", "outcomes.quarters_used", "Files in the light curve."),
    _int("quarters_failed", "outcomes.quarters_failed", "Files that are missing."),
    _int(
        "files_left_out",
        "outcomes.files_left_out",
        "Files that do not fit the others.",
    ),
    _int("bytes", "outcomes.bytes", "Bytes received.", "byte"),
    _int("retries", "outcomes.retries", "Requests that were repeated."),
    _float("download_time", "outcomes.download_time", "From search to output.", "s"),
    _float("duration_days", "outcomes.duration_days", "From the first point to the last.", "d"),
    _text("finished", "outcomes.timestamp", "When the target was done: ISO 8601, UTC."),
)
_COUNTED = (
    _int("n_vetted", f"{_VETTED}.n_vetted", "Candidates of transits that were vetted."),
    _int("n_planet_candidates", f"{_VETTED}.n_passed", "Candidates that failed no test."),
)
_FIRST = (
    ValueColumn(STAR, str, "", "The star in addresses of the dashboard."),
    ValueColumn(NAME, str, "", "Catalog and number of the star, or the target's name."),
)
_LAST = (ValueColumn(LABEL, str, "", "What a person said of the star."),)


@dataclass(frozen=True)
class _Source:
    """A table to be joined: the SQL of a star's name in addresses, and what is taken of it."""

    name: str
    star: str
    star_name: str
    columns: tuple[_Column, ...]

    @property
    def place(self) -> str:
        """The column of `_PLACES` with the star's row of this table."""
        return f"{self.name}_row"


def load_star_table(sources: StarSources) -> StarTable:
    """Return the table of all stars: those with a light curve, and targets without one.

    Parameters
    ----------
    sources : StarSources
        What was read.
    """
    connection = connect()
    rows = dict(sources.by_star)
    joined = [_of_stage(name, table) for name, table in rows.items()]
    if sources.outcomes is not None:
        rows[OUTCOMES] = sources.outcomes
        joined.append(_of_outcomes())
    for name, table in rows.items():
        connection.register(name, table)
    _find_places(connection, joined)
    # Wide rows are taken to their places one table after the other: to join them would need the
    # memory of all of them once more.
    for source in joined:
        places = connection.execute(f"SELECT {source.place} FROM {_PLACES}").fetchnumpy()
        connection.register(source.name, rows_at(rows.pop(source.name), places[source.place]))
    columns = list(_chosen(joined))
    _fill(connection, joined, columns, sources.candidates)
    for source in joined:
        connection.unregister(source.name)
    connection.execute(f"DROP TABLE {_PLACES}")
    cut_off(connection)
    counted = () if sources.candidates is None else _COUNTED
    abouts = (column.about for column in (*columns, *counted))
    return StarTable(connection, (*_FIRST, *abouts, *_LAST))


def _of_stage(name: str, table: pa.Table) -> _Source:
    columns = tuple(
        _Column(about, f"{name}.{identifier(about.name)}")
        for about in map(value_column, table.schema)
        if about.name != NAME
    )
    return _Source(name, _STAR_OF_FILE.format(FILE), f"{name}.{NAME}", columns)


def _of_outcomes() -> _Source:
    file = _STAR_OF_FILE.format(_FILE_OF_OUTCOME)
    # A target without an output and without a number is known by its name alone.
    named = _STAR_OF_FILE.format(f"{OUTCOMES}.target_id")
    star = f"coalesce({file}, lower({_numbered('_')}), {named})"
    return _Source(OUTCOMES, star, f"coalesce({_numbered(' ')}, {OUTCOMES}.target_id)", _OUTCOME)


def _numbered(between: str) -> str:
    """Return the SQL of a target's catalog and number; null if they are not known."""
    catalogs = " ".join(
        f"WHEN {quoted(mission.name)} THEN {quoted(mission.catalog + between)}"
        for mission in MISSIONS.values()
    )
    return f"((CASE {OUTCOMES}.mission {catalogs} END) || nullif({OUTCOMES}.catalog_number, ''))"


def _find_places(connection: duckdb.DuckDBPyConnection, joined: Sequence[_Source]) -> None:
    """Make the table of all stars, and of their rows in each table."""
    # Of two rows of a star, the later counts.
    parts = (
        f"(SELECT {source.star} AS {STAR}, max(line) AS {source.place}"
        f" FROM (SELECT *, row_number() OVER () - 1 AS line FROM {source.name}) AS {source.name}"
        " GROUP BY 1)"
        for source in joined
    )
    places = "".join(f", {source.place}" for source in joined)
    connection.execute(
        f"CREATE TABLE {_PLACES} AS SELECT {STAR}{places} FROM {_all_of(parts)} ORDER BY {STAR}"
    )


def _all_of(parts: Iterable[str]) -> str:
    """Return the SQL of tables joined by star, none of whose stars is left out."""
    first, *others = [*parts] or [f"(SELECT '' AS {STAR} LIMIT 0)"]
    return first + "".join(f" FULL JOIN {part} USING ({STAR})" for part in others)


def _chosen(joined: Sequence[_Source]) -> Iterator[_Column]:
    """Yield the columns of all tables; those that they share once."""
    given: dict[str, _Column] = {}
    for source in joined:
        for column in source.columns:
            name = column.about.name
            if name in _SHARED and name in given:
                given[name] = replace(given[name], sql=f"coalesce({given[name].sql}, {column.sql})")
            elif name in given:
                about = replace(column.about, name=f"{source.name}_{name}")
                given[about.name] = _Column(about, column.sql)
            else:
                given[name] = column
    yield from given.values()


def _fill(
    connection: duckdb.DuckDBPyConnection,
    joined: Sequence[_Source],
    columns: Sequence[_Column],
    candidates: pa.Table | None,
) -> None:
    """Make the table ``stars`` of tables whose rows are in the same order."""
    names = ", ".join([*(source.star_name for source in joined), "NULL"])
    tables = " POSITIONAL JOIN ".join([_PLACES, *(source.name for source in joined)])
    if candidates is not None:
        connection.register("candidates", candidates)
        connection.execute(
            f"CREATE TEMP TABLE {_VETTED} AS SELECT {_STAR_OF_FILE.format(FILE)} AS {STAR},"
            " count(*) AS n_vetted,"
            " count(*) FILTER (disposition = 'planet_candidate') AS n_passed"
            " FROM candidates GROUP BY 1"
        )
        connection.unregister("candidates")
        tables = f"{tables} LEFT JOIN {_VETTED} ON {_VETTED}.{STAR} = {_PLACES}.{STAR}"
        columns = (*columns, *_COUNTED)
    listed = "".join(f", {column.named}" for column in columns)
    connection.execute(
        f"CREATE TABLE stars AS SELECT {_PLACES}.{STAR}, coalesce({names})::VARCHAR AS {NAME}"
        f"{listed}, NULL::VARCHAR AS {LABEL} FROM {tables}"
    )
