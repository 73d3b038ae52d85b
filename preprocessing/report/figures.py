"""Vector figures of a data set's tables, as wide as a column of a journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from preprocessing.anomalies.schema import RANKING
from preprocessing.core.errors import UsageError
from preprocessing.features.schema import CANDIDATES, FEATURES
from preprocessing.report.sample_tables import LEFT
from preprocessing.report.sources import Source
from preprocessing.tables.curve_rows import FILE
from preprocessing.validation.schema import COMPLETENESS
from preprocessing.vetting.schema import DISPOSITIONS, VETTING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PaperFigure", "figures_of"]

#: Inches: a column of the AAS journals is 3.5 wide.
_SIZE = (3.5, 2.6)
#: Told apart by the color-blind (Okabe & Ito 2008, https://jfly.uni-koeln.de/color/).
_BLUE, _RED, _GRAY = "#0072B2", "#D55E00", "#999999"
_STYLE: Any = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "legend.frameon": False,
    "pdf.fonttype": 42,
}
#: More dots than these are one picture inside the figure, which would be too large otherwise.
_MOST_DOTS = 5_000
_BINS = 40
_PLANET = "planet_candidate"
#: The feature that is drawn against magnitude, and the set of trials that completeness is of.
_NOISE, _PLANETS = "resid_noise_6h", "planets"
#: A bin that begins at 0, which no logarithmic axis has, is drawn from this share of its end.
_FROM_ZERO = 1 / 3


@dataclass(frozen=True)
class PaperFigure:
    """One figure.

    Parameters
    ----------
    name : str
        Of its file and its label, without an ending.
    caption : str
        What it shows, in whole sentences.
    draw : callable
        Draws it into axes.
    """

    name: str
    caption: str
    draw: Callable[[Axes], None]

    def write(self, stream: BinaryIO) -> None:
        """Write the figure as PDF, the same bytes whenever it is drawn."""
        import matplotlib as mpl
        from matplotlib.figure import Figure

        with mpl.rc_context(_STYLE):
            figure = Figure(figsize=_SIZE, layout="constrained")
            self.draw(figure.add_subplot())
            figure.savefig(stream, format="pdf", metadata={"CreationDate": None}, dpi=300)


def figures_of(sources: Mapping[str, Source]) -> Iterator[PaperFigure]:
    """Yield the figures that the tables of a data set allow.

    Parameters
    ----------
    sources : mapping of str to Source
        The tables, by name. Stages that were not run, or found nothing, give no figure.

    Raises
    ------
    UsageError
        One lacks a column.
    """
    if VETTING in sources:
        noise = _by_file(sources[FEATURES], _NOISE)
        magnitude = _by_file(sources[VETTING], "magnitude")
        both = [(magnitude[file], one) for file, one in noise.items()]
        unit = str(sources[FEATURES].read([_NOISE]).schema.field(_NOISE).metadata[b"unit"], "utf-8")
        yield from _noise(np.array(both, np.float64).reshape(-1, 2), unit)
        yield from _candidates(*_candidate_columns(sources))
    if RANKING in sources:
        rows = sources[RANKING].read(["score", f"score{LEFT}"])
        threshold = float(sources[RANKING].about["threshold"])
        yield _scores(_values(rows["score"]), _values(rows[f"score{LEFT}"]), threshold)
    if COMPLETENESS in sources:
        yield from _completeness(sources[COMPLETENESS])


def _by_file(source: Source, name: str) -> dict[str, float]:
    """Return a column of numbers by the name of the FITS file; NaN for null."""
    rows = source.read([FILE, name])
    return dict(zip(rows[FILE].to_pylist(), _values(rows[name]).tolist(), strict=True))


def _candidate_columns(sources: Mapping[str, Source]) -> tuple[Any, Any, Any]:
    """Return period, depth and disposition of each candidate that was vetted."""
    key = (FILE, "number")
    found = sources[CANDIDATES].read([*key, "period_d", "depth"]).to_pylist()
    of = {tuple(one[name] for name in key): (one["period_d"], one["depth"]) for one in found}
    vetted = sources[DISPOSITIONS].read([*key, "disposition"]).to_pylist()
    try:
        measured = [of[tuple(one[name] for name in key)] for one in vetted]
    except KeyError as error:
        raise UsageError(
            f"{sources[DISPOSITIONS].path} is not of the candidates in {CANDIDATES}.parquet: run"
            " xenoscan vet"
        ) from error
    both = np.array(measured, np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1], np.array([one["disposition"] for one in vetted], np.str_)


def _values(column: Any) -> Any:
    return np.asarray(column.combine_chunks().to_numpy(zero_copy_only=False))


def _noise(both: Any, unit: str) -> Iterator[PaperFigure]:
    both = both[np.isfinite(both).all(axis=1)]
    if not len(both):
        return

    def draw(axes: Axes) -> None:
        _dots(axes, both[:, 0], both[:, 1], _BLUE)
        axes.set(xlabel="magnitude", ylabel=f"noise on 6 h ({unit})")

    yield PaperFigure(
        "noise",
        f"Noise on a time scale of 6 h against magnitude, of the {len(both)} light curves that"
        " have both.",
        draw,
    )


def _candidates(period_d: Any, depth_ppm: Any, kind: Any) -> Iterator[PaperFigure]:
    is_shown = (period_d > 0) & (depth_ppm > 0)
    if not is_shown.any():
        return
    is_planet = kind == _PLANET

    def draw(axes: Axes) -> None:
        for is_own, color, label in (
            (~is_planet, _GRAY, "failed a test"),
            (is_planet, _RED, "planet candidates"),
        ):
            chosen = is_own & is_shown
            _dots(axes, period_d[chosen], depth_ppm[chosen], color, f"{label} ({chosen.sum()})")
        axes.set(xscale="log", yscale="log", xlabel="period (d)", ylabel="depth (ppm)")
        axes.legend(fontsize=7, markerscale=2, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)

    yield PaperFigure(
        "candidates",
        f"Depth against period of {is_shown.sum()} candidates of the search for transits.",
        draw,
    )


def _scores(score: Any, left: Any, threshold: float) -> PaperFigure:
    def draw(axes: Axes) -> None:
        edges = np.linspace(
            0, max(float(score.max()), float(left.max()), threshold), _BINS
        ).tolist()
        for values, color, label in ((score, _BLUE, "as observed"), (left, _RED, "unexplained")):
            axes.hist(values, edges, histtype="step", color=color, label=label, log=True)
        axes.axvline(threshold, color="0.3", lw=0.8, ls="--")
        axes.set(xlabel="score", ylabel="stars")
        axes.legend(fontsize=7)

    return PaperFigure(
        "scores",
        "Scores of all stars as observed, and of what labels leave. Stars right of the dashed"
        " line are flagged.",
        draw,
    )


def _completeness(source: Source) -> Iterator[PaperFigure]:
    columns = ("period_d_low", "period_d_high", "depth_ppm_low", "depth_ppm_high", "trials")
    rows = source.read(["set", *columns, "n_recovered"]).to_pylist()
    trials: Counter[tuple[float, ...]] = Counter()
    found: Counter[tuple[float, ...]] = Counter()
    for row in rows:
        is_planet = row["set"] == _PLANETS and row["n_recovered"] is not None
        if is_planet and None not in [row[one] for one in columns]:
            cell = tuple(row[one] for one in columns[:4])
            trials[cell] += row["trials"]
            found[cell] += row["n_recovered"]
    if not trials:
        return

    def draw(axes: Axes) -> None:
        for cell, n in trials.items():
            share = found[cell] / n
            x, y = ((low or _FROM_ZERO * high, high) for low, high in (cell[:2], cell[2:]))
            axes.fill_between(x, *y, color=_BLUE, alpha=0.05 + 0.7 * share, lw=0)
            middle = np.sqrt(x[0] * x[1]), np.sqrt(y[0] * y[1])
            axes.annotate(f"{share:.2f}\n{n}", middle, ha="center", va="center", fontsize=5)
        axes.set(xscale="log", yscale="log", xlabel="period (d)", ylabel="depth (ppm)")

    yield PaperFigure(
        "completeness",
        f"Share of {sum(trials.values())} planets that are recovered, by period and depth; below"
        " it the number of planets.",
        draw,
    )


def _dots(axes: Axes, x: Any, y: Any, color: str, label: str = "") -> None:
    is_many = len(x) > _MOST_DOTS
    axes.plot(x, y, ".", ms=2.5, mew=0, color=color, label=label, rasterized=is_many)
