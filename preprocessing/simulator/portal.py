"""The Mashup portal: JSON requests for observations and products, and their answers."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from preprocessing.missions import MISSIONS, Product
from preprocessing.missions.star_keys import mission_of_key
from preprocessing.missions.targets import star_key
from preprocessing.simulator.caom import (
    DISTANCE,
    OBSERVATION_COLUMNS,
    PRODUCT_COLUMNS,
    Row,
    TableColumn,
)
from preprocessing.simulator.holdings import Holdings
from preprocessing.simulator.rows import key_of_obsid, observation_rows, product_rows, target_name
from preprocessing.simulator.sky import SkyIndex
from preprocessing.simulator.synthesis.stellar_tables import TIC_COLUMNS, tic_rows
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

__all__ = ["PortalError", "PortalService", "columns_config", "error_envelope", "parse_request"]

Envelope = dict[str, Any]

#: Rows per page if the request does not say; astroquery requests as many.
_DEFAULT_PAGE_SIZE = 50_000
_COUNT = "COUNT_BIG(*)"
#: A target's name, with its number at the end.
_TARGET_NAME = re.compile(r"\D*0*([1-9]\d{0,15})", re.ASCII)
#: How MAST's columns configuration spells the types of its JSON.
_VOTABLE_TYPE = {"string": "char", "float": "double", "int": "int", "boolean": "boolean"}
_CONFIGURATIONS = {
    "Mast.Caom.Cone": (*OBSERVATION_COLUMNS, DISTANCE),
    "Mast.Caom.Filtered": OBSERVATION_COLUMNS,
    "Mast.Caom.Filtered.Position": (*OBSERVATION_COLUMNS, DISTANCE),
    "Mast.Caom.Products": PRODUCT_COLUMNS,
}


class PortalError(Exception):
    """A request that MAST answers with status ERROR; the message becomes the answer's msg."""


@dataclass(frozen=True)
class _Table:
    columns: Sequence[TableColumn]
    rows: list[Row]


class PortalService:
    """Answer portal requests from the archive's holdings.

    Parameters
    ----------
    holdings : Holdings
        The stars and files. The set of stars must not change.

    Notes
    -----
    Several threads may call it at the same time.
    """

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._lock = threading.Lock()
        self._services: dict[str, Callable[[Mapping[str, Any]], _Table]] = {
            "Mast.Caom.Cone": self._cone,
            "Mast.Caom.Filtered": self._filtered,
            "Mast.Caom.Filtered.Position": self._filtered_position,
            "Mast.Caom.Products": self._products,
            "Mast.Catalogs.Filtered.Tic.Rows": self._tic,
        }

    def invoke(self, request: Mapping[str, Any]) -> Envelope:
        """Answer one request.

        Parameters
        ----------
        request : mapping
            The JSON object of a Mashup request: service, params, pagesize, page.

        Returns
        -------
        dict
            The Mashup envelope: status, msg, fields, data, paging.

        Raises
        ------
        PortalError
            The request is malformed, or this server does not support it.
        """
        service, params = request.get("service"), request.get("params", {})
        if not isinstance(service, str) or service not in self._services:
            raise PortalError(f"unknown service {service!r}")
        if not isinstance(params, Mapping):
            raise PortalError("params must be an object")
        if request.get("format", "json") != "json":
            raise PortalError(f"unknown format {request['format']!r}")
        size = _positive_integer(request, "pagesize", _DEFAULT_PAGE_SIZE)
        page = _positive_integer(request, "page", 1)
        table = _select(self._services[service](params), params.get("columns", "*"))
        return _envelope(table, size, page)

    def _cone(self, params: Mapping[str, Any]) -> _Table:
        return self._around(*(_number(params.get(key), key) for key in ("ra", "dec", "radius")))

    def _filtered(self, params: Mapping[str, Any]) -> _Table:
        filters = _parse_filters(params, OBSERVATION_COLUMNS)
        rows = (
            row
            for key in self._candidates(filters)
            for row in observation_rows(self._holdings.star(key))
        )
        return _Table(OBSERVATION_COLUMNS, _keep(rows, filters))

    def _filtered_position(self, params: Mapping[str, Any]) -> _Table:
        table = self._around(*_parse_position(params.get("position")))
        return _Table(table.columns, _keep(table.rows, _parse_filters(params, table.columns)))

    def _products(self, params: Mapping[str, Any]) -> _Table:
        rows: list[Row] = []
        for text in str(params.get("obsid", "")).split(","):
            if not re.fullmatch(r"\s*\d{1,18}\s*", text, re.ASCII):
                raise PortalError(f"obsid {text!r} is not a number")
            obsid = int(text)
            key = key_of_obsid(obsid)
            if key in self._held:
                rows += product_rows(self._holdings.star(key), obsid, self._size)
        return _Table(PRODUCT_COLUMNS, rows)

    def _tic(self, params: Mapping[str, Any]) -> _Table:
        with self._lock:
            rows = self._tic_rows
        return _Table(TIC_COLUMNS, _keep(rows, _parse_filters(params, TIC_COLUMNS)))

    @cached_property
    def _tic_rows(self) -> list[Row]:
        holdings = self._holdings
        return tic_rows(holdings) if isinstance(holdings, SyntheticHoldings) else []

    def _size(self, product: Product) -> int:
        try:
            return self._holdings.size(product)
        except (KeyError, OSError) as error:
            raise PortalError(f"{product.file_name} cannot be read any more") from error

    def _around(self, ra_deg: float, dec_deg: float, radius_deg: float) -> _Table:
        with self._lock:
            sky = self._sky
        rows = [
            row | {DISTANCE.name: distance}
            for key, distance in sky.within(ra_deg, dec_deg, radius_deg).items()
            for row in observation_rows(self._holdings.star(key))
        ]
        return _Table((*OBSERVATION_COLUMNS, DISTANCE), rows)

    def _candidates(self, filters: Sequence[_Filter]) -> Iterable[int]:
        # Without this, each query for a name would compute the rows of every star.
        keys: Iterable[int] = self._holdings.star_keys()
        for wanted in filters:
            if wanted.column.name == "project" and wanted.pattern is None:
                missions = [m for m in MISSIONS.values() if wanted.accepts(m.name)]
                keys = [key for key in keys if mission_of_key(key)[0] in missions]
            elif wanted.column.name == "target_name" and wanted.pattern is None:
                keys = sorted(_keys_of_names(wanted.words).intersection(keys))
            elif wanted.column.name == "target_name":
                keys = [k for k in keys if wanted.accepts(target_name(*mission_of_key(k)))]
        return keys

    @cached_property
    def _held(self) -> frozenset[int]:
        return frozenset(self._holdings.star_keys())

    @cached_property
    def _sky(self) -> SkyIndex:
        keys = self._holdings.star_keys()
        stars = [self._holdings.star(key) for key in keys]
        return SkyIndex(keys, [s.ra_deg for s in stars], [s.dec_deg for s in stars])


@dataclass(frozen=True)
class _Filter:
    """One filter of a request. It accepts a cell that matches a word, a range or the pattern."""

    column: TableColumn
    words: frozenset[str]
    ranges: tuple[tuple[float, float], ...]
    pattern: re.Pattern[str] | None

    def accepts(self, cell: str | int | float | bool | None) -> bool:
        if cell is None:
            return False
        if any(low <= float(cell) <= high for low, high in self.ranges):
            return True
        text = str(cell).lower()
        parts = text.split(self.column.separator) if self.column.separator else [text]
        return not self.words.isdisjoint(parts) or (
            self.pattern is not None and any(map(self.pattern.fullmatch, parts))
        )


def columns_config(name: str) -> dict[str, Any]:
    """Describe a service's columns.

    Parameters
    ----------
    name : str
        The service: ``Mast.Caom.Cone``, ``Mast.Caom.Products``, ...

    Returns
    -------
    dict
        An object for each column. Like MAST's answer, it is empty for an unknown service.
    """
    return {
        column.name: {
            "text": column.name,
            "vot.datatype": _VOTABLE_TYPE[column.type],
            **({"vot.unit": column.unit} if column.unit else {}),
            **({"separator": column.separator} if column.separator else {}),
        }
        for column in _CONFIGURATIONS.get(name, ())
    }


def error_envelope(message: str) -> Envelope:
    """Return the envelope that MAST sends, with HTTP status 200, for a request it cannot answer.

    Parameters
    ----------
    message : str
        The envelope's msg.
    """
    return {"status": "ERROR", "msg": message, "fields": [], "data": []}


def parse_request(text: str | None) -> dict[str, Any]:
    """Read the value of the form field ``request``.

    Parameters
    ----------
    text : str or None
        The field's value; None if it is missing.

    Raises
    ------
    PortalError
        The field is missing, or it is not a JSON object.
    """
    if text is None:
        raise PortalError("no request given")
    try:
        request = json.loads(text)
    except ValueError as error:
        raise PortalError(f"request is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise PortalError("request is not a JSON object")
    return request


def _parse_position(text: object) -> tuple[float, float, float]:
    parts = str(text).split(",")
    if len(parts) != 3:
        raise PortalError(f"position {text!r} is not 'ra, dec, radius'")
    return (
        _number(parts[0], "position"),
        _number(parts[1], "position"),
        _number(parts[2], "position"),
    )


def _parse_filters(params: Mapping[str, Any], columns: Sequence[TableColumn]) -> list[_Filter]:
    filters = params.get("filters", [])
    if not isinstance(filters, list) or not all(isinstance(f, Mapping) for f in filters):
        raise PortalError("filters must be a list of objects")
    by_name = {column.name.lower(): column for column in columns}
    return [_parse_filter(entry, by_name) for entry in filters]


def _parse_filter(entry: Mapping[str, Any], columns: Mapping[str, TableColumn]) -> _Filter:
    name, values, free_text = entry.get("paramName"), entry.get("values", []), entry.get("freeText")
    if str(name).lower() not in columns:
        raise PortalError(f"Invalid column name {name!r}.")
    if not isinstance(values, list) or not (values or free_text):
        raise PortalError(f"filter {name!r} has neither values nor freeText")
    column = columns[str(name).lower()]
    ranges = tuple(_parse_range(v, column) for v in values if isinstance(v, Mapping))
    words = [v for v in values if not isinstance(v, Mapping)]
    if column.type in ("float", "int"):
        ranges += tuple((_number(w, column.name),) * 2 for w in words)
        words = []
    pattern = None if free_text is None else _wildcard_pattern(str(free_text))
    return _Filter(column, frozenset(str(w).lower() for w in words), ranges, pattern)


def _parse_range(value: Mapping[str, Any], column: TableColumn) -> tuple[float, float]:
    if column.type not in ("float", "int"):
        raise PortalError(f"column {column.name!r} is not numeric")
    low, high = value.get("min"), value.get("max")
    return (
        float("-inf") if low is None else _number(low, column.name),
        float("inf") if high is None else _number(high, column.name),
    )


def _wildcard_pattern(free_text: str) -> re.Pattern[str]:
    parts = re.split(r"[%*]+", free_text.lower())
    return re.compile(".*".join(map(re.escape, parts)), re.DOTALL)


def _number(value: object, name: str) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]  # other types raise, as intended
    except (TypeError, ValueError) as error:
        raise PortalError(f"{name} {value!r} is not a number") from error
    if number != number:
        raise PortalError(f"{name} {value!r} is not a number")
    return number


def _positive_integer(request: Mapping[str, Any], key: str, default: int) -> int:
    value = request.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise PortalError(f"{key} {value!r} is not a positive integer")
    return value


def _keys_of_names(names: Iterable[str]) -> set[int]:
    matches = [match for match in map(_TARGET_NAME.fullmatch, names) if match]
    return {
        star_key(mission.catalog, int(match[1]))
        for match in matches
        for mission in MISSIONS.values()
        if target_name(mission, int(match[1])) == match[0]
    }


def _keep(rows: Iterable[Row], filters: Sequence[_Filter]) -> list[Row]:
    return [row for row in rows if all(f.accepts(row[f.column.name]) for f in filters)]


def _select(table: _Table, columns: object) -> _Table:
    if columns == "*":
        return table
    if columns == _COUNT:
        # MAST gives this unnamed column this name and type (astroquery's countsResp.json).
        return _Table((TableColumn("Column1", "string"),), [{"Column1": len(table.rows)}])
    by_name = {column.name: column for column in table.columns}
    names = [name.strip() for name in str(columns).split(",")]
    for name in names:
        if name not in by_name:
            raise PortalError(f"Invalid column name {name!r}.")
    rows = [{name: row[name] for name in names} for row in table.rows]
    return _Table([by_name[name] for name in names], rows)


def _envelope(table: _Table, size: int, page: int) -> Envelope:
    total = len(table.rows)
    rows = table.rows[(page - 1) * size : page * size]
    return {
        "status": "COMPLETE",
        "msg": "",
        "fields": [{"name": column.name, "type": column.type} for column in table.columns],
        "data": rows,
        "paging": {
            "page": page,
            "pageSize": size,
            # Never 0, since astroquery requests pages until it reaches this one.
            "pagesFiltered": max(1, -(-total // size)),
            "rows": len(rows),
            "rowsFiltered": total,
            "rowsTotal": total,
        },
    }
