"""The section about noise: how much light scatters at which magnitude."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.schema import RANKING
from preprocessing.features.schema import FEATURES
from preprocessing.report.html.drawing.axis import Axis
from preprocessing.report.html.drawing.blocks import Section, figure, grid, legend, not_there
from preprocessing.report.html.drawing.markup import Markup
from preprocessing.report.html.drawing.numbers import number
from preprocessing.report.html.drawing.plot import Plot
from preprocessing.report.html.records.dataset_records import DatasetRecords
from preprocessing.report.html.records.tables import numbers, strings
from preprocessing.tables.curve_rows import FILE
from preprocessing.vetting.schema import VETTING

__all__ = ["noise_section"]

_Floats = NDArray[np.float64]
_ANCHOR, _TITLE = "noise", "Magnitude and noise"
#: What is drawn, with the time scale in words. The features are decimal logarithms of ppm.
_NOISE = (("resid_noise_1h", "1 h"), ("resid_noise_6h", "6 h"))
#: Stars of the ranking that are marked.
_MARKED = 24
_STRANGE = f"the {_MARKED} strangest that no label explains"
#: Bins of the running median, and stars that one needs.
_BINS, _ENOUGH = 24, 5


@dataclass(frozen=True)
class _Noise:
    """Magnitude and noise of the stars that have both.

    Parameters
    ----------
    magnitude, noise : ndarray, shape (n,)
        Of each star; noise in ppm.
    is_marked : ndarray of bool, shape (n,)
        Whether it is one of the strangest.
    n_lacking : int
        Stars that lack one of the two.
    """

    magnitude: _Floats
    noise: _Floats
    is_marked: NDArray[np.bool_]
    n_lacking: int


def noise_section(records: DatasetRecords) -> Section:
    """Return noise by magnitude.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    tables, places = records.tables, records.places
    for name, stage in ((FEATURES, "features"), (VETTING, "vet")):
        if name not in tables:
            what = "noise" if stage == "features" else "magnitudes of the stars"
            why = f"There is no {name}.parquet, which has the {what}."
            again = f"xenoscan {stage} {places.dataset}"
            return not_there(_ANCHOR, _TITLE, tables.problems.get(stage), why, again)
    drawn = [_drawn(_read(records, name), scale) for name, scale in _NOISE]
    return Section(
        _ANCHOR,
        _TITLE,
        (
            grid(*drawn),
            legend(
                blue="a star",
                green="median",
                **({"red": _STRANGE} if RANKING in tables else {}),
            ),
        ),
    )


def _read(records: DatasetRecords, name: str) -> _Noise:
    tables = records.tables
    rows = tables[FEATURES].read([FILE, name])
    files = strings(rows, FILE)
    unit = (rows.schema.field(name).metadata or {}).get(b"unit", b"").decode()
    values = numbers(rows, name)
    noise = 10**values if unit.startswith("lg") else values
    vetted = tables[VETTING].read([FILE, "magnitude"])
    of = dict(zip(strings(vetted, FILE), numbers(vetted, "magnitude").tolist(), strict=True))
    magnitude = np.array([of.get(file, np.nan) for file in files], np.float64)
    strange: set[Any] = set()
    if RANKING in tables:
        ranked = tables[RANKING].read([FILE, "rank_unexplained"])
        rank = numbers(ranked, "rank_unexplained")
        names = strings(ranked, FILE)
        strange = {names[row] for row in np.flatnonzero(rank <= _MARKED).tolist()}
    is_marked = np.array([file in strange for file in files], np.bool_)
    is_there = np.isfinite(magnitude) & np.isfinite(noise) & (noise > 0)
    return _Noise(magnitude[is_there], noise[is_there], is_marked[is_there], int((~is_there).sum()))


def _drawn(found: _Noise, scale: str) -> Markup:
    n = len(found.noise)
    if not n:
        return figure(None, f"No star has both a magnitude and noise on {scale}.")
    plot = Plot(
        Axis.of(found.magnitude, "magnitude"),
        Axis.of(found.noise, f"noise on {scale} (ppm)", is_log=True),
        height=300,
    )
    middle = _running(found)
    said = (
        f"Noise on {scale} by magnitude of {n:,} stars, from {number(float(found.noise.min()))} to"
        f" {number(float(found.noise.max()))} ppm, median {number(float(np.median(found.noise)))}"
        " ppm."
    )
    drawn = plot.drawn(
        said,
        plot.dots(found.magnitude, found.noise, "blue", 1.6),
        plot.line(*middle, "green") if len(middle[0]) > 1 else None,
        plot.dots(found.magnitude[found.is_marked], found.noise[found.is_marked], "red", 2.6),
    )
    lost = f" {found.n_lacking:,} stars lack one of the two." if found.n_lacking else ""
    return figure(drawn, said + lost)


def _running(found: _Noise) -> tuple[_Floats, _Floats]:
    """Return the median noise in bins of magnitude."""
    edges = np.linspace(found.magnitude.min(), found.magnitude.max(), _BINS + 1)
    which = np.clip(np.searchsorted(edges, found.magnitude, "right") - 1, 0, _BINS - 1)
    shown = [b for b in range(_BINS) if (which == b).sum() >= _ENOUGH]
    x = [float(np.median(found.magnitude[which == b])) for b in shown]
    y = [float(np.median(found.noise[which == b])) for b in shown]
    return np.array(x), np.array(y)
