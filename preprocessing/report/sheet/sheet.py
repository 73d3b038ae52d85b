"""Put all panels of a star on one page, and write it as PDF, PNG or SVG."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from preprocessing.core.errors import LightCurveNotFound, ProductError, UsageError
from preprocessing.report.sheet.curve_panels import draw_curve, draw_flat
from preprocessing.report.sheet.event_panels import draw_event
from preprocessing.report.sheet.fold_panels import (
    draw_close_up,
    draw_folded,
    draw_odd_even,
    draw_secondary,
    draw_stack,
)
from preprocessing.report.sheet.noise_panels import draw_distribution, draw_noise
from preprocessing.report.sheet.page import Neighbor, Page
from preprocessing.report.sheet.period_panels import draw_boxes, draw_sines
from preprocessing.report.sheet.place_panels import draw_centroid, draw_seasons
from preprocessing.report.sheet.style import DPI, PAGE_INCHES, STYLE, empty
from preprocessing.report.sheet.subject import Kind, strongest_events, subject_of
from preprocessing.report.sheet.text_panels import (
    draw_header,
    draw_neighbors,
    draw_provenance,
    draw_words,
)
from preprocessing.report.sheet.wave_panels import draw_cycles, draw_wave
from preprocessing.report.star.light import read_light
from preprocessing.report.star.record import StarRecord
from preprocessing.report.star.tables import StarTables

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "Sheet", "drawn", "make_sheet"]

#: What a sheet can be written as.
FORMATS = ("pdf", "png", "svg")
_NEIGHBORS = 5
#: Without the time at which it is written, a sheet has the same bytes whenever it is drawn.
_METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None},
    "png": {"Software": None},
    "svg": {"Date": None},
}
#: Twice as fast as usual, and a tenth larger.
_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"pil_kwargs": {"compress_level": 3}},
    "pdf": {},
    "svg": {},
}


@dataclass(frozen=True, eq=False)
class Sheet:
    """One page about one star.

    Made by `make_sheet`.

    Parameters
    ----------
    record : StarRecord
        The star.
    page : Page
        What is drawn.
    """

    record: StarRecord
    page: Page

    def write(self, stream: BinaryIO, format: str) -> None:
        """Draw the sheet, and write it.

        Parameters
        ----------
        stream : file
            Open for writing. It stays open.
        format : str
            One of `FORMATS`.
        """
        self.write_all({format: stream})

    def write_all(self, streams: dict[str, BinaryIO]) -> None:
        """Draw the sheet once, and write it in several formats.

        Parameters
        ----------
        streams : dict of str to file
            Where to write each of some `FORMATS`.
        """
        import matplotlib as mpl

        with mpl.rc_context({**mpl.rcParamsDefault, **STYLE, "backend": mpl.get_backend()}):
            figure = drawn(self.page)
            for format, stream in streams.items():
                figure.savefig(
                    stream, format=format, dpi=DPI, metadata=_METADATA[format], **_OPTIONS[format]
                )

    def content(self, format: str) -> bytes:
        """Return the sheet as bytes, for a page of HTML.

        Parameters
        ----------
        format : str
            One of `FORMATS`.
        """
        stream = BytesIO()
        self.write(stream, format)
        return stream.getvalue()


def make_sheet(
    tables: StarTables, target: str, candidate: int | None = None, command: str = ""
) -> Sheet:
    """Gather what a data set knows of a star, for one page.

    Parameters
    ----------
    tables : StarTables
        The tables of the data set.
    target : str
        The star: its name in any spelling, its number, or the name of its file without ``.fits``.
    candidate : int, optional
        Number of the candidate to show; by default what the labels of vetting say.
    command : str, optional
        What is stated as the command that makes the sheet.

    Raises
    ------
    LightCurveNotFound
        The data set has no light curve of the star; the message says why if the records do.
    UsageError
        It is no name, has several light curves, or has no such candidate.
    CorruptProduct, UnreadableProduct, OSError
        The light curve cannot be read.
    """
    record = tables.record(target)
    if not record.file:
        why = record.outcome.reason if record.outcome else "there is no record of it"
        raise LightCurveNotFound(f"{record.name} has no light curve: {why}")
    shown = read_light(tables.root, record.file)
    subject = subject_of(record, candidate)
    neighbors = [_neighbor(tables, name) for name in record.neighbors[:_NEIGHBORS]]
    stem = record.file.removesuffix(".fits")
    command = command or f"xenoscan sheet {shlex.join([str(tables.root), stem])}"
    return Sheet(record, Page(record, shown, subject, neighbors, command))


def _neighbor(tables: StarTables, name: str) -> Neighbor:
    try:
        return Neighbor(name, read_light(tables.root, tables.file_of(name)))
    except (UsageError, ProductError, OSError):
        return Neighbor(name, None)


# Places of panels, in inches from the lower left corner of the page.
_LEFT, _RIGHT = 0.52, 8.28
_WORDS = (8.62, 11.45)
_TOP, _BOTTOM = 8.06, 0.12
_GAP = 0.50


@dataclass(frozen=True)
class _Row:
    """A row of panels: where it is, and how the panels share its width."""

    bottom: float
    height: float
    gap: float = _GAP

    def places(self, shares: tuple[float, ...]) -> list[tuple[float, float, float, float]]:
        width = _RIGHT - _LEFT - self.gap * (len(shares) - 1)
        places, left = [], _LEFT
        for share in shares:
            own = width * share / sum(shares)
            places.append((left, self.bottom, own, self.height))
            left += own + self.gap
        return places


_CURVE, _FLAT = _Row(6.30, 1.12), _Row(5.28, 0.86)
_PERIODS, _FOLDS, _DETAILS = _Row(4.07, 0.75), _Row(2.51, 1.10), _Row(0.93, 1.10, 0.46)
_REST_SHARE = 0.27
#: The most height for the stars that are alike.
_ALIKE = 0.75


def drawn(page: Page) -> Figure:
    """Return the page with all panels; to be called with `STYLE` in force.

    Parameters
    ----------
    page : Page
        What to draw.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=PAGE_INCHES, dpi=DPI)
    width, height = PAGE_INCHES
    draw_header(figure, page, _LEFT / width - 0.028, _WORDS[1] / width, _TOP / height)
    if len(page.light):
        _panels(figure, page)
    else:
        # From what the tables say, a page can still be made.
        empty(
            _axes(figure, _CURVE.places((1,))[0]), "Light curve", "no point has both time and flux"
        )
    left, right = (one / width for one in _WORDS)
    end = draw_words(figure, page, left, right, (_TOP - 0.66) / height)
    room = min(_ALIKE, end * height - _BOTTOM - 0.70)
    bottom = max(_BOTTOM + 0.45, end * height - 0.2 - room)
    place = (_WORDS[0], bottom, _WORDS[1] - _WORDS[0], room)
    figure.text(left, (bottom + room + 0.04) / height, "Most alike", fontsize=7, fontweight="bold")
    _panel(figure, place, draw_neighbors, page)
    draw_provenance(figure, page, _LEFT / width - 0.028, _BOTTOM / height)
    return figure


def _panels(figure: Figure, page: Page) -> None:
    _panel(figure, _CURVE.places((1,))[0], draw_curve, page)
    _panel(figure, _FLAT.places((1,))[0], draw_flat, page)
    for place, draw in zip(_PERIODS.places((1, 1)), (draw_sines, draw_boxes), strict=True):
        _panel(figure, place, draw, page)
    _SIGNAL[page.subject.kind](figure, page)


def _axes(figure: Figure, place: tuple[float, float, float, float]) -> Axes:
    width, height = PAGE_INCHES
    left, bottom, wide, high = place
    axes = figure.add_axes((left / width, bottom / height, wide / width, high / height))
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _panel(
    figure: Figure,
    place: tuple[float, float, float, float],
    draw: Callable[[Axes, Page], None],
    page: Page,
) -> None:
    draw(_axes(figure, place), page)


def _dips(figure: Figure, page: Page) -> None:
    _folds(figure, page)
    panels = (draw_odd_even, draw_secondary, draw_stack, draw_centroid, draw_seasons)
    for place, draw in zip(_DETAILS.places((1.15, 1.15, 0.8, 1, 1)), panels, strict=True):
        _panel(figure, place, draw, page)


def _folds(figure: Figure, page: Page) -> None:
    full, (left, bottom, wide, high) = _FOLDS.places((1.2, 1))
    _panel(figure, full, draw_folded, page)
    rest = high * _REST_SHARE
    below = _axes(figure, (left, bottom, wide, rest))
    draw_close_up(
        _axes(figure, (left, bottom + rest + 0.05, wide, high - rest - 0.05)), page, below
    )


def _waves(figure: Figure, page: Page) -> None:
    wave, cycles = _FOLDS.places((1.2, 1))
    _panel(figure, wave, draw_wave, page)
    _panel(figure, cycles, draw_cycles, page)
    places = _DETAILS.places((1, 1, 1, 1, 1))
    events: list[Any] = strongest_events(page.record, 2)
    if events:
        for rank, event in enumerate(events, 1):
            draw_event(_axes(figure, places.pop(0)), page, event, rank)
    places = [*_DETAILS.places((1,) * 4)] if not events else places
    panels = [draw_noise, draw_distribution, draw_centroid, draw_seasons][-len(places) :]
    for place, draw in zip(places, panels, strict=True):
        _panel(figure, place, draw, page)


def _events(figure: Figure, page: Page) -> None:
    found: list[Any] = strongest_events(page.record, 5)
    n = max(3, len(found))
    row = _Row(_FOLDS.bottom, _FOLDS.height, 0.46)
    for rank, place in enumerate(row.places((1,) * n), 1):
        event = found[rank - 1] if rank <= len(found) else None
        draw_event(_axes(figure, place), page, event, rank)
    _lower(figure, page)


def _quiet(figure: Figure, page: Page) -> None:
    if page.subject.candidate:
        _folds(figure, page)
    else:
        for place, draw in zip(_FOLDS.places((1.2, 1)), (draw_wave, draw_cycles), strict=True):
            _panel(figure, place, draw, page)
    panels = (draw_noise, draw_distribution, draw_centroid, draw_seasons)
    for place, draw in zip(_DETAILS.places((1,) * 4), panels, strict=True):
        _panel(figure, place, draw, page)


def _lower(figure: Figure, page: Page) -> None:
    panels = (draw_wave, draw_noise, draw_distribution, draw_centroid, draw_seasons)
    for place, draw in zip(_DETAILS.places((1.4, 1, 1, 1, 1.1)), panels, strict=True):
        _panel(figure, place, draw, page)


_SIGNAL: dict[Kind, Callable[[Figure, Page], None]] = {
    Kind.DIPS: _dips,
    Kind.WAVE: _waves,
    Kind.EVENTS: _events,
    Kind.QUIET: _quiet,
}
