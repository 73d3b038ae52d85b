"""Targets as Python programs pass them: text, numbers, arrays, and columns of tables."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, SupportsIndex, TypeAlias

import numpy as np

from preprocessing.core.errors import UsageError

__all__ = ["TargetName", "TargetNames", "one_target_name", "target_names"]

_log = logging.getLogger(__name__)

#: One target: its name, or its number in a catalog.
TargetName: TypeAlias = str | bytes | SupportsIndex | float
#: One target or many: see `target_names`.
TargetNames: TypeAlias = TargetName | Iterable[Any]

#: Up to this number, every integer has an exact float.
_LARGEST_EXACT = 2**53


def target_names(targets: TargetNames) -> list[str]:
    """Return the names of targets, whatever container holds them.

    Parameters
    ----------
    targets : str, int, or iterable of these
        One target, or many: a list, a numpy array, a pandas Series, or a column of an astropy
        table. Bytes are decoded as UTF-8. A float such as ``8644288.0`` means the integer, since
        tables with gaps often store integers as floats. Masked entries are left out, with a
        warning in the log.

    Returns
    -------
    list of str
        Names in the given order, including repeated ones. Numbers become their digits.

    Raises
    ------
    UsageError
        The input has another form. The message says what was found, and where.

    Examples
    --------
    >>> target_names("Kepler-10")
    ['Kepler-10']
    >>> target_names(np.array([757076, 8644288]))
    ['757076', '8644288']
    """
    if isinstance(targets, (str, bytes, SupportsIndex, float)) and not _is_array(targets):
        return [one_target_name(targets)]
    if hasattr(targets, "colnames") or hasattr(targets, "columns") or _has_fields(targets):
        raise UsageError("the targets are a whole table: hand over one column, as table['kepid']")
    if not isinstance(targets, Iterable) or isinstance(targets, Mapping):
        raise UsageError(
            f"the targets are {_described(targets)}, not a name, a number, or a list of these"
        )
    dimensions = getattr(targets, "ndim", 1)
    if dimensions != 1:
        raise UsageError(f"the targets are an array of {dimensions} dimensions, not one")
    entries = list(targets)
    names = [
        _name(entry, f"target {index}")
        for index, entry in enumerate(entries)
        if entry is not np.ma.masked
    ]
    if len(names) < len(entries):
        _log.warning("%d targets are masked and left out", len(entries) - len(names))
    return names


def one_target_name(target: TargetName) -> str:
    """Return the name of one target, as `target_names` does for many.

    Parameters
    ----------
    target : str, bytes, int or float
        The target's name or number.

    Raises
    ------
    UsageError
        The input is neither a name nor a number.

    Examples
    --------
    >>> one_target_name(np.int64(757076))
    '757076'
    """
    return _name(target, "the target")


def _is_array(targets: object) -> bool:
    # An array with one integer can be used as an index, but is a list here.
    return getattr(targets, "ndim", 0) > 0


def _has_fields(targets: Any) -> bool:
    return getattr(getattr(targets, "dtype", None), "names", None) is not None


def _name(entry: object, where: str) -> str:
    if isinstance(entry, str):
        return str(entry)
    if isinstance(entry, bytes):
        return entry.decode("utf-8", "replace")
    if isinstance(entry, (bool, np.bool_)) or _is_array(entry):
        raise UsageError(f"{where} is {_described(entry)}, not a name or a number")
    if isinstance(entry, SupportsIndex):
        return str(entry.__index__())
    if isinstance(entry, (float, np.floating)):
        if not float(entry).is_integer() or abs(entry) > _LARGEST_EXACT:
            raise UsageError(f"{where} is {float(entry)!r}, which is no star's number")
        return str(int(entry))
    raise UsageError(f"{where} is {_described(entry)}, not a name or a number")


def _described(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
