"""The words of a sheet: who the star is, the score, the numbers, the tests, the provenance."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from preprocessing._version import __version__
from preprocessing.anomalies.schema import BASELINE, RANKING
from preprocessing.core.known_object import KnownObject
from preprocessing.features.schema import CANDIDATES, FEATURE_SET_VERSION, FEATURES
from preprocessing.report.sheet.numbers import (
    hours,
    is_number,
    plain,
    sexagesimal,
    short,
    with_error,
)
from preprocessing.report.sheet.page import Page, number
from preprocessing.report.sheet.style import BLUE, GRAY, INK, PAGE_INCHES, RED, thinned
from preprocessing.report.sheet.subject import Kind, strongest_events
from preprocessing.tables.curve_rows import Row
from preprocessing.vetting.schema import RULES_VERSION, VETTING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_header", "draw_neighbors", "draw_provenance", "draw_words"]

#: Distance of two lines, in inches.
_LINE = 0.103
#: Height of the names of alike stars below their light, in inches.
_NAME_ROOM = 0.15
_NOT_KNOWN = "not known"
#: Widths of a letter of the name and of the words beside it, as shares of the page: large ones.
_NAME_LETTER, _WORDS_LETTER = 0.0125, 0.0072


def draw_header(figure: Figure, page: Page, left: float, right: float, top: float) -> None:
    """Write who the star is, in two lines; the places are in shares of the page."""
    record, curve = page.record, page.shown.curve
    name = _shown(record.name, 40)
    figure.text(left, top, name, fontsize=15, fontweight="bold", va="top")
    beside = left + max(0.205, _NAME_LETTER * len(name) + 0.015)
    names = list(dict.fromkeys(one.name for one in record.known if one.name))
    more = ", ".join(_shown(one, 24) for one in names[:6])
    words = f"{page.subject.words}" + (f"   ·   {more}" if more else "")
    longest = int((0.84 - beside) / _WORDS_LETTER)
    figure.text(beside, top - 0.002, _cut(words, longest), fontsize=9, va="top", color=BLUE)
    none = "not vetted" if VETTING in record.missing else "none"
    labels = ", ".join(record.labels).replace("_", " ") or none
    figure.text(beside, top - 0.022, f"labels: {_cut(labels, longest)}", va="top")
    if curve.is_synthetic:
        figure.text(
            right, top, "SYNTHETIC", fontsize=15, fontweight="bold", va="top", ha="right",
            color="#C00000",
        )  # fmt: skip
    parts = [_position(curve.header), *_star(page), *_observed(page)]
    figure.text(left, top - 0.040, "   ".join(part for part in parts if part), va="top")


def _position(header: Any) -> str:
    ra, dec = header.get("RA_OBJ"), header.get("DEC_OBJ")
    if not is_number(ra) or not is_number(dec):
        return "position not known"
    return f"{sexagesimal(float(ra), float(dec))} ({float(ra):.5f}, {float(dec):+.5f})"


def _star(page: Page) -> list[str]:
    header, mission = page.shown.curve.header, page.shown.mission
    magnitude = header.get(mission.magnitude_keyword)
    said = [f"{mission.magnitude_keyword.capitalize()} {short(magnitude, 5)}"]
    for keyword, name, unit in (
        ("TEFF", "Teff", " K"),
        ("LOGG", "log g", ""),
        ("RADIUS", "R", " R☉"),
    ):
        value = header.get(keyword)
        said.append(f"{name} {short(value, 4)}{unit if is_number(value) else ''}")
    return said


def _observed(page: Page) -> list[str]:
    curve = page.shown.curve
    used = curve.files_used
    releases = sorted({one.data_rel for one in used if one.data_rel is not None})
    cdpp = [one.cdpp[1] for one in used if len(one.cdpp) > 1 and np.isfinite(one.cdpp[1])]
    scale = page.shown.mission.cdpp_scales[1]
    expected = number(page.record.features, "files_expected", len(curve.files))
    # At short cadence, a quarter is several files.
    is_one_each = len({one.sequence_number for one in used}) == len(used)
    unit = f"{curve.sequence}s" if is_one_each else "files"
    return [
        f"CDPP {plain(float(np.median(cdpp)), 3)} ppm in {scale}" if cdpp else "",
        f"{len(used)} of {expected:.0f} {unit}",
        f"data release {', '.join(map(str, releases)) if releases else _NOT_KNOWN}",
        f"{curve.author} {curve.flux_column}, {plain(curve.exposure_s, 4)} s",
    ]


class _Column:
    """Lines below each other."""

    def __init__(self, figure: Figure, left: float, right: float, top: float) -> None:
        self.figure, self.left, self.right, self.top = figure, left, right, top
        self._step = _LINE / figure.get_figheight()

    def heading(self, text: str) -> None:
        """Write a heading with a line above it."""
        self.top -= 0.8 * self._step
        self.figure.text(self.left, self.top, text, fontsize=7, fontweight="bold")
        self.top -= 1.15 * self._step

    def lines(self, texts: Sequence[str], color: str = INK, shift: float = 0.0) -> None:
        """Write lines; the next begin below."""
        self.columns([(shift, "left", texts, color)], len(texts))

    def columns(
        self, columns: Sequence[tuple[float, str, Sequence[str], str]], n_lines: int
    ) -> None:
        """Write columns beside each other: place, side, lines and color of each."""
        for place, side, texts, color in columns:
            at = self.left + place * (self.right - self.left)
            for k, text in enumerate(texts):
                # Each by itself: the lines of one text are as far apart as its letters are tall.
                if text:
                    self.figure.text(
                        at, self.top - k * self._step, text, va="baseline", ha=side, color=color
                    )
        self.top -= n_lines * self._step


def draw_words(figure: Figure, page: Page, left: float, right: float, top: float) -> float:
    """Write score, numbers and tests below each other; return where they end."""
    column = _Column(figure, left, right, top)
    _score(column, page)
    _numbers(column, page)
    _events(column, page)
    _tests(column, page)
    _missing(column, page)
    return column.top


def _score(column: _Column, page: Page) -> None:
    row = page.record.ranking
    column.heading("Anomaly")
    if not row:
        column.lines(["not ranked: run xenoscan rank"], GRAY)
        return
    limit = page.record.about.get(RANKING, {}).get("threshold", "")
    known = f", 1 % of quiet stars reach {short(_float(limit))}" if limit else ""
    column.lines(
        [
            f"rank {row.get('rank')}, score {short(row.get('score'))}{known}",
            f"unexplained: rank {row.get('rank_unexplained')}, score"
            f" {short(row.get('score_unexplained'))}",
            *_wrapped(f"{row.get('class')}: {row.get('why') or 'nothing that stands out'}", 60, 3),
        ]
    )
    parts = "  ".join(f"{name} {short(value, 2)}" for name, value in page.record.parts().items())
    column.lines(_wrapped(f"parts: {parts}", 64, 2), GRAY)
    which = "" if page.record.reasons() else "_unexplained"
    reasons = page.record.reasons(which)[:5]
    if reasons:
        total = sum(share for _, share in reasons) or 1.0
        column.columns(
            [
                (0.02, "left", [name for name, _ in reasons], INK),
                (0.50, "right", [f"{100 * share / total:.0f} %" for _, share in reasons], INK),
                (0.54, "left", [_value(page, name) for name, _ in reasons], INK),
            ],
            len(reasons),
        )


def _value(page: Page, name: str) -> str:
    about = page.record.columns.get("features", {}).get(name)
    unit = about.unit if about else ""
    value = number(page.record.features, name)
    if unit.startswith("lg") and np.isfinite(value):
        return f"{plain(10.0**value, 3)} {unit[2:].strip()}".rstrip()
    return f"{short(value)} {unit}".rstrip()


def _numbers(column: _Column, page: Page) -> None:
    for name, rows in (("Numbers", _signal(page)), ("In catalogs", _catalog_rows(page))):
        if rows:
            column.heading(name)
            _pairs(column, rows)


def _pairs(column: _Column, rows: Sequence[tuple[str, str]]) -> None:
    column.columns(
        [(0.0, "left", [a for a, _ in rows], INK), (0.28, "left", [b for _, b in rows], INK)],
        len(rows),
    )


def _signal(page: Page) -> list[tuple[str, str]]:
    row, vetting = page.subject.candidate, page.record.vetting
    if row:
        depth, sigma = number(row, "depth"), number(row, "depth_sigma")
        found = [
            ("period", with_error(row.get("period_d"), row.get("period_sigma_d"), "d")),
            ("epoch", with_error(row.get("epoch_d"), row.get("epoch_sigma_d"), "d")),
            ("depth", with_error(depth, sigma, "ppm")),
            ("duration", hours(number(row, "duration_d"))),
            ("S/N", f"{short(row.get('snr'), 4)} in {row.get('events')} events"),
        ]
        radius = number(vetting, "radius")
        is_planet = page.subject.kind is Kind.DIPS and not _is_binary(page)
        if radius > 0 and depth > 0 and is_planet:
            # Without limb darkening and without other stars' light in the aperture.
            size = radius * 109.08 * np.sqrt(depth / 1e6)
            found.append(("radius", f"{plain(float(size), 3)} R⊕ if undiluted"))
        return found + _orbit(page)
    if page.subject.kind is Kind.DIPS:
        return _orbit(page)
    if page.subject.kind is Kind.EVENTS and "flares" in page.record.labels:
        return [
            (
                "flares",
                f"{short(vetting.get('flare_count'))}, {short(vetting.get('flare_rate'))} a day",
            ),
            ("highest", f"{short(vetting.get('flare_amplitude'), 4)} ppm"),
            ("energy", f"{short(vetting.get('flare_energy'), 3)} erg"),
            *_wave(page),
        ]
    if page.subject.kind is Kind.EVENTS:
        return [("events", str(len(page.record.events))), *_wave(page)]
    return _wave(page)


def _orbit(page: Page) -> list[tuple[str, str]]:
    vetting = page.record.vetting
    if not _is_binary(page):
        return []
    period = vetting.get("eclipse_period")
    known = f"{short(period, 7)} d" if is_number(period) else _NOT_KNOWN
    signs = str(vetting.get("eclipse_signs") or "").replace("_", " ").replace("+", ", ")
    return [
        ("orbit", f"{known} ({signs})" if signs else known),
        (
            "eclipses",
            f"{short(vetting.get('eclipse_depth'), 4)},"
            f" {short(vetting.get('eclipse_secondary'), 4)} ppm; morphology"
            f" {short(vetting.get('eclipse_morphology'), 2)}",
        ),
    ]


def _is_binary(page: Page) -> bool:
    return not {"eclipses", "contact"}.isdisjoint(page.record.labels)


def _wave(page: Page) -> list[tuple[str, str]]:
    vetting, features = page.record.vetting, page.record.features
    found = []
    if is_number(vetting.get("rotation_period")):
        period = with_error(
            vetting.get("rotation_period"), vetting.get("rotation_period_sigma"), "d"
        )
        found.append(("rotation", period))
        found.append(("range", f"{short(vetting.get('rotation_range'), 4)} ppm"))
    elif is_number(vetting.get("pulsation_frequency")):
        frequency = number(vetting, "pulsation_frequency")
        found.append(("period", f"{plain(1 / frequency, 6)} d ({plain(frequency, 6)} /d)"))
        found.append(("range", f"{short(vetting.get('pulsation_range'), 4)} ppm"))
    main = number(features, "freq_main")
    if np.isfinite(main):
        power = number(features, "freq_power")
        found.append(
            ("strongest sine", f"{plain(10.0**-main, 5)} d, {100 * power:.0f} % of variance")
        )
    return found + _orbit(page)


def _catalog_rows(page: Page) -> list[tuple[str, str]]:
    shown = [(str(one.kind).replace("_", " "), _known(one)) for one in page.record.known[:4]]
    if len(page.record.known) > 4:
        shown.append(("", f"and {len(page.record.known) - 4} more"))
    return shown


def _known(one: KnownObject) -> str:
    period = f"{plain(one.period_d, 7)} d" if np.isfinite(one.period_d) else "no period"
    depth = f", {plain(one.depth_ppm, 4)} ppm" if np.isfinite(one.depth_ppm) else ""
    return _cut(f"{_shown(one.name, 14)} {period}{depth}".strip(), 44)


def _events(column: _Column, page: Page) -> None:
    """Write the strongest events, where they are what the sheet is about."""
    found = strongest_events(page.record, 5)
    if page.subject.kind is Kind.DIPS or not found:
        return
    column.heading(f"Strongest of {len(page.record.events)} events")
    rows = [
        (
            f"{rank}  {one.get('kind')}",
            f"{number(one, 'peak_d'):.3f} d",
            f"{short(one.get('amplitude'), 4)} ppm",
            f"{short(one.get('significance'), 3)} σ",
            _told(one),
        )
        for rank, one in enumerate(found, 1)
    ]
    places = ((0.0, "left"), (0.43, "right"), (0.64, "right"), (0.77, "right"), (0.79, "left"))
    column.columns(
        [(at, side, [row[k] for row in rows], INK) for k, (at, side) in enumerate(places)],
        len(rows),
    )


def _told(event: Row) -> str:
    if event.get("is_coincident"):
        return "others too"
    return _cut(str(event.get("flags") or "").replace("_", " ").replace("+", ", "), 15)


def _tests(column: _Column, page: Page) -> None:
    """Write each test of the candidate that is shown, or of the first."""
    row = page.subject.disposition or next(iter(page.record.dispositions), {})
    if not row:
        column.heading("Tests of a candidate")
        none = "not searched" if CANDIDATES in page.record.missing else "no candidate"
        column.lines(["not vetted" if page.record.candidates else none], GRAY)
        return
    names = [one.removesuffix("_outcome") for one in row if one.endswith("_outcome")]
    outcomes = [str(row.get(f"{name}_outcome") or "–").replace("_", " ") for name in names]
    kind = str(row.get("disposition")).replace("_", " ")
    column.heading(f"Tests of candidate {row.get('number')}: {kind}")
    head = ["", "value", "sigma", "limit", ""]
    values = [short(row.get(name), 3) for name in names]
    sigmas = [
        short(row.get(f"{name}_sigma"), 2) if f"{name}_sigma" in row else "" for name in names
    ]
    bounds = [short(row.get(f"{name}_limit"), 3) for name in names]
    places = ((0.0, "left"), (0.44, "right"), (0.56, "right"), (0.73, "right"))
    cells = ([one.replace("_", " ") for one in names], values, sigmas, bounds)
    column.columns(
        [
            (at, side, [top, *texts], INK)
            for (at, side), top, texts in zip(places, head, cells, strict=False)
        ],
        0,
    )
    for color, wanted in ((GRAY, None), ("#1B7F5C", "pass"), (RED, "fail")):
        is_own = [(one == wanted) if wanted else one not in ("pass", "fail") for one in outcomes]
        mark = {"pass": "✓ pass", "fail": "✗ FAIL"}
        texts = [
            mark.get(one, one) if own else "" for one, own in zip(outcomes, is_own, strict=True)
        ]
        column.columns([(0.76, "left", ["", *texts], color)], 0)
    column.lines([""] * (1 + len(names)))


def _missing(column: _Column, page: Page) -> None:
    """State which tables say nothing, why, and what to run: once of each command."""
    shown: dict[str, str] = {}
    for name, why in page.record.missing.items():
        if name != BASELINE:
            shown.setdefault(why.rpartition(": run ")[2], why)
    if shown:
        column.heading("Not on this sheet")
        for why in shown.values():
            column.lines(_wrapped(why, 62, 7), GRAY)


def draw_neighbors(axes: Axes, page: Page) -> None:
    """Draw the light of the stars most like it, side by side."""
    # However little room there is, the names below have theirs.
    share = min(0.9, _NAME_ROOM / (axes.get_position().height * PAGE_INCHES[1]))
    floor = -1.05 * share / (1 - share)
    axes.set(xlim=(0, 5), ylim=(floor, 1.05))
    axes.axis("off")
    if not page.neighbors:
        axes.annotate("no neighbors are known", (0.01, 0.5), xycoords="axes fraction", color=GRAY)
        return
    for k, one in enumerate(page.neighbors[:5]):
        axes.annotate(
            _shown(one.name.split(" ")[-1], 11), (k + 0.46, floor), ha="center", va="bottom"
        )
        if one.shown is None or not len(one.shown):
            axes.annotate("no light", (k + 0.46, 0.5), ha="center", va="center", color=GRAY)
            continue
        light = one.shown.light
        low, high = np.percentile(light.flux, [0.1, 99.9])
        if "dip" in page.subject.words or page.subject.kind is Kind.DIPS:
            low = float(light.flux.min())
        x = (light.time_d - light.time_d[0]) / max(light.baseline_d, 1e-6)
        y = np.clip((light.flux - low) / max(high - low, 1e-12), 0, 1)
        chosen = thinned(x, y, 120) if len(x) > 6000 else np.arange(len(x))
        axes.plot(k + 0.92 * x[chosen], y[chosen], ".", ms=0.9, mew=0, color=INK, rasterized=True)


def draw_provenance(figure: Figure, page: Page, left: float, bottom: float) -> None:
    """Write where everything comes from, in three lines."""
    record, curve = page.record, page.shown.curve
    about = record.about.get(RANKING, {})
    digest = str(record.features.get("sha256") or "")[:16] or _NOT_KNOWN
    telescope = page.shown.mission.telescope
    first = "; ".join(
        (
            f"xenoscan {__version__}",
            f"light curve by xenoscan {_shown(curve.program_version, 16)}, SHA-256 {digest}",
            f"feature set {_version(page, FEATURES, FEATURE_SET_VERSION)}",
            f"vetting rules {_version(page, VETTING, RULES_VERSION)}",
            f"ranking model {about.get('model_sha256', _NOT_KNOWN)[:16]}",
            "simulated light" if curve.is_synthetic else f"{telescope} data: NASA, from MAST",
        )
    )
    where, name = _quoted(str(record.root)), _quoted(record.light_name)
    opens = f"open_dataset({where})[{name}].to_lightkurve()"
    lines = [first, f"made by: {_shown(page.command, 170)}", f"lightkurve: {opens}"]
    figure.text(left, bottom, "\n".join(lines), va="bottom", color=GRAY, linespacing=1.25)


def _version(page: Page, table: str, version: str) -> str:
    """Return the version of a table that was read."""
    return _NOT_KNOWN if table in page.record.missing else version


def _quoted(text: str) -> str:
    """Return a text as Python writes it."""
    return _shown(json.dumps(text, ensure_ascii=False), 150)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _wrapped(text: str, width: int, most: int) -> list[str]:
    return textwrap.wrap(_shown(text, 400), width, max_lines=most, placeholder=" …")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _shown(text: str, longest: int) -> str:
    """Return foreign text in one line of letters that the font has."""
    plain_text = "".join(c if c.isprintable() else " " for c in str(text))
    return _cut(plain_text.encode("latin-1", "replace").decode("latin-1"), longest)
