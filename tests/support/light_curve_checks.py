"""Compare a light curve with what other libraries read from its file, to the bit."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from preprocessing.core.light_curve import LightCurve
from preprocessing.missions import MISSIONS

__all__ = ["assert_like_lightkurve", "assert_same_numbers"]

#: What lightkurve says of every author's light curves alike, and we do not.
_OURS = {"AUTHOR", "FLUX_ORIGIN"}


def assert_same_numbers(star: LightCurve, path: Path) -> None:
    """Compare every column with what astropy reads, to the bit."""
    mission = MISSIONS[star.mission]
    columns = {
        "time": "TIME",
        "flux": "FLUX",
        "flux_err": "FLUX_ERR",
        "quality": mission.quality_column,
        "cadence_number": "CADENCENO",
        "sequence_number": mission.sequence_keyword,
        "centroid_col": "CENTROID_COL",
        "centroid_row": "CENTROID_ROW",
    }
    with fits.open(path) as hdus:
        table = hdus["LIGHTCURVE"].data
        for name, column in columns.items():
            ours, theirs = getattr(star, name), table[column]
            assert ours.dtype == theirs.dtype.newbyteorder("="), name
            assert ours.tobytes() == theirs.astype(ours.dtype).tobytes(), name


def assert_like_lightkurve(star: LightCurve) -> None:
    """Compare with what lightkurve reads: class, time, columns to the bit, and metadata."""
    import lightkurve

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lightkurve.read(star.path)
    ours = star.to_lightkurve()
    assert type(ours) is type(theirs)
    assert (ours.time.format, ours.time.scale) == (theirs.time.format, theirs.time.scale)
    assert ours.colnames == theirs.colnames
    assert (ours.label, ours.targetid) == (theirs.label, theirs.targetid)
    for name in theirs.colnames:
        assert type(ours[name]) is type(theirs[name]), name
        one, other = _plain(ours[name]), _plain(theirs[name])
        assert one.dtype == other.dtype, name
        assert one.tobytes() == other.tobytes(), name
        assert getattr(ours[name], "unit", None) == getattr(theirs[name], "unit", None), name
        assert np.array_equal(_mask(ours[name]), _mask(theirs[name])), name
    assert set(ours.meta) == set(theirs.meta)
    for key in set(theirs.meta) - _OURS:
        one, other = ours.meta[key], theirs.meta[key]
        assert np.array_equal(one, other) if key == "QUALITY_MASK" else one == other, key
    assert ours.meta["AUTHOR"] == star.author


def _plain(column: Any) -> NDArray[Any]:
    values = getattr(column, "unmasked", column)
    plain = np.asarray(getattr(values, "value", values))
    return plain.astype(plain.dtype.newbyteorder("="))


def _mask(column: Any) -> Any:
    return getattr(column, "mask", False)
