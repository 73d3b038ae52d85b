"""A star's light as bytes that a browser reads without parsing: a header, then arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.report.star.light import ShownLight

__all__ = ["light_bytes"]

#: Arrays begin at multiples of this, since a browser maps them in place.
_ALIGNED = 8


def light_bytes(shown: ShownLight) -> bytes:
    """Return the points of a star with what stands beside them.

    Parameters
    ----------
    shown : ShownLight
        The light.

    Returns
    -------
    bytes
        The length of the header (uint32), the header (JSON), and the arrays that it lists, each at
        an offset from the first byte; all of it little-endian.
    """
    light = shown.light
    arrays: dict[str, NDArray[Any]] = {
        "time": light.time_d.astype("<f8"),
        "flux": light.flux.astype("<f4"),
        "trend": shown.trend.astype("<f4"),
        "quality": shown.quality.astype("<i4"),
        "quarter": light.sequence.astype("<i2"),
    }
    about: dict[str, object] = {
        "n": len(light),
        "quarters": [
            {"number": one.number, "label": one.label, "start": one.start_d, "end": one.end_d}
            for one in shown.stretches
        ],
        "bits": {str(bit): name for bit, name in shown.flag_names.items()},
        "sequence": shown.mission.sequence,
        "time_system": shown.time_system,
        "flux_unit": "relative",
    }
    return _packed(about, arrays)


def _packed(about: Mapping[str, object], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    # Offsets are part of the header, whose length they depend on: it is padded to a fixed one.
    room = _aligned(4 + len(_header(about, arrays, 10**9)) + 8)
    header = _header(about, arrays, room)
    parts = [np.uint32(room - 4).tobytes(), header.ljust(room - 4)]
    for array in arrays.values():
        content = array.tobytes()
        parts.append(content.ljust(_aligned(len(content)), b"\0"))
    return b"".join(parts)


def _header(about: Mapping[str, object], arrays: Mapping[str, NDArray[Any]], start: int) -> bytes:
    columns, offset = [], start
    for name, array in arrays.items():
        columns.append({"name": name, "dtype": array.dtype.name, "offset": offset})
        offset += _aligned(array.nbytes)
    return json.dumps({**about, "columns": columns}).encode()


def _aligned(length: int) -> int:
    return -(-length // _ALIGNED) * _ALIGNED
