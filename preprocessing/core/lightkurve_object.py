"""Turn a light curve into the object that `lightkurve.read` would make of its file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from preprocessing.core.light_curve import LightCurve

__all__ = ["lightkurve_collection", "lightkurve_object"]


def lightkurve_collection(light_curves: Iterable[LightCurve]) -> Any:
    """Return many light curves as a `lightkurve.LightCurveCollection`."""
    import lightkurve

    return lightkurve.LightCurveCollection([star.to_lightkurve() for star in light_curves])


@dataclass(frozen=True)
class _Kind:
    """What lightkurve's reader of a mission's files makes of our outputs.

    Source: ``io/kepler.py``, ``io/tess.py`` and ``io/generic.py`` of lightkurve 2.6.
    """

    class_name: str
    time_format: str
    #: The column of quality flags in the output.
    quality: str
    #: The column of flags, all 0, that lightkurve adds because it does not know that name.
    added_quality: str | None


#: By the Barycentric Julian Date at which times are 0.
_KINDS = {
    2454833: _Kind("KeplerLightCurve", "bkjd", "quality", "sap_quality"),
    2457000: _Kind("TessLightCurve", "btjd", "tess_quality", "quality"),
}
_GENERIC = _Kind("LightCurve", "jd", "quality", None)


def lightkurve_object(light_curve: LightCurve) -> Any:
    """Return the object that `LightCurve.to_lightkurve` describes.

    Parameters
    ----------
    light_curve : LightCurve
        As read from an output.
    """
    import lightkurve
    from astropy.table import Table
    from astropy.time import Time

    kind = _KINDS.get(light_curve.bjd_reference, _GENERIC)
    days = light_curve.time + (light_curve.bjd_reference if kind is _GENERIC else 0)
    table = Table(_columns(light_curve, kind.quality), meta=_meta(light_curve))
    if kind.added_quality is not None:
        table[kind.added_quality] = np.zeros(len(light_curve), dtype=int)
        table.meta["QUALITY_BITMASK"] = "default"
        table.meta["QUALITY_MASK"] = np.ones(len(light_curve), dtype=bool)
    time = Time(days, scale="tdb", format=kind.time_format)
    return getattr(lightkurve, kind.class_name)(lightkurve.LightCurve(time=time, data=table))


def _columns(light_curve: LightCurve, quality: str) -> dict[str, Any]:
    """Return each column, masked where it is NaN as `astropy.table.Table.read` does."""
    from astropy import units
    from astropy.table import Column, MaskedColumn

    relative = units.dimensionless_unscaled
    values = {
        "flux": (light_curve.flux, relative),
        "flux_err": (light_curve.flux_err, relative),
        quality: (light_curve.quality, None),
        "cadenceno": (light_curve.cadence_number, None),
        light_curve.sequence: (light_curve.sequence_number, None),
        "centroid_col": (light_curve.centroid_col, units.pixel),
        "centroid_row": (light_curve.centroid_row, units.pixel),
    }
    columns: dict[str, Any] = {}
    for name, (array, unit) in values.items():
        missing = np.isnan(array)
        if missing.any():
            columns[name] = MaskedColumn(array.copy(), mask=missing, unit=unit)
        else:
            columns[name] = Column(array.copy(), unit=unit)
    return columns


def _meta(light_curve: LightCurve) -> dict[str, Any]:
    zero = light_curve.bjd_reference
    header = dict(light_curve.header)
    table = {
        "EXTNAME": "LIGHTCURVE",
        "EXTVER": 1,
        "TIMESYS": "TDB",
        "TIMEUNIT": "d",
        "TREFPOS": "BARYCENTER",
        "JDREF": float(zero),
        "BJDREFI": zero,
        "BJDREFF": 0.0,
    }
    return {
        **table,
        **header,
        "LABEL": light_curve.name,
        "RA": header.get("RA_OBJ"),
        "DEC": header.get("DEC_OBJ"),
        "FILENAME": str(light_curve.path),
        "FLUX_ORIGIN": light_curve.flux_column.lower(),
        "TARGETID": light_curve.number,
    }
