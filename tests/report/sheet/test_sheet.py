"""The one page about a star is complete, whatever is known of the star."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from preprocessing.core.known_object import KnownObject, ObjectKind
from preprocessing.core.light_curve import LightCurve
from preprocessing.fits.light_curve_file import read_light_curve
from preprocessing.report.sheet.page import Neighbor, Page
from preprocessing.report.sheet.place_panels import depth_of, draw_centroid
from preprocessing.report.sheet.sheet import Sheet, drawn
from preprocessing.report.sheet.style import STYLE
from preprocessing.report.sheet.subject import Kind, subject_of
from preprocessing.report.star.light import shown_light
from preprocessing.report.star.record import StarRecord
from tests.support.feature_stars import write_month

pytestmark = pytest.mark.slow

_PERIOD_D, _EPOCH_D, _DURATION_D, _DEPTH = 3.5, 140.0, 0.2, 0.01
_CANDIDATE = {
    "number": 1,
    **{"period_d": _PERIOD_D, "period_sigma_d": 2e-4, "epoch_d": _EPOCH_D, "epoch_sigma_d": 1e-3},
    **{"duration_d": _DURATION_D, "depth": 1e6 * _DEPTH, "depth_sigma": 40.0, "snr": 93.0},
    **{"events": 9, "secondary": 0.01, "secondary_sigma": 1.0, "secondary_phase": 0.4},
}
_VETTED = {
    "number": 1,
    **{"disposition": "planet_candidate", "failed_tests": "", "snr": 93.0, "snr_limit": 7.1},
    **{"snr_outcome": "pass", "odd_even": 0.3, "odd_even_sigma": 4.0, "odd_even_limit": 0.1},
    **{"odd_even_outcome": "fail", "season": None, "season_outcome": "one_place"},
    **{"centroid": 0.2, "centroid_sigma": 1.5, "centroid_outcome": "pass"},
}
_DIP = {"kind": "dip", "start_d": 139.9, "peak_d": 140.0, "end_d": 140.1}
_DIP |= {"amplitude": -1e4, "significance": 50.0, "flags": "coarse_point", "is_coincident": False}


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> LightCurve:
    """A month of light with transits."""
    path = write_month(tmp_path_factory.mktemp("light"), 757076)
    found = read_light_curve(path)
    days = (found.time - _EPOCH_D + _PERIOD_D / 2) % _PERIOD_D - _PERIOD_D / 2
    rng = np.random.default_rng(1)
    flux = 1 + 1e-4 * rng.standard_normal(len(found)) - _DEPTH * (np.abs(days) < _DURATION_D / 2)
    return replace(found, flux=flux, centroid_col=100 + 1e-3 * rng.standard_normal(len(found)))


def _page(curve: LightCurve, **known: Any) -> Page:
    record = StarRecord(Path("survey"), "KIC 757076", "KIC_757076.fits", 757076, **known)
    shown = shown_light(curve)
    subject = subject_of(record)
    return Page(record, shown, subject, [Neighbor("KIC 1", shown), Neighbor("KIC 2", None)], "made")


def _texts(page: Page) -> list[str]:
    """Return what is written on a page, after it was laid out."""
    with mpl.rc_context(STYLE):
        figure = drawn(page)
        figure.draw_without_rendering()
    return [one.get_text() for one in figure.findobj(Text) if one.get_text()]


def _has(texts: Sequence[str], *wanted: str) -> None:
    whole = "\n".join(texts)
    assert [one for one in wanted if one not in whole] == []


def test_a_planet(curve: LightCurve) -> None:
    """The page of a candidate has all its elements, with the numbers of the tables."""
    page = _page(
        replace(curve, is_synthetic=True),
        candidates=(_CANDIDATE,),
        dispositions=(_VETTED,),
        ranking={"rank": 3, "rank_unexplained": 4, "score": 2.5, "class": "transit"}
        | {"features": "transit_snr+stat_dip", "shares": "3.0+1.0", "part_event": 2.0},
        known=(KnownObject(757076, "K00001.01", ObjectKind.PLANET, "KOI", 3.5),),
        features={"transit_snr": 1.97, "freq_main": 0.2, "sha256": "ab" * 32},
    )
    assert (page.subject.kind, page.duration_d) == (Kind.DIPS, _DURATION_D)
    depth, sigma = depth_of(page, page.groups[0])
    assert abs(depth - _DEPTH) < 4 * sigma < 2e-4
    texts = _texts(page)
    _has(texts, "KIC 757076", "K00001.01", "candidate 1 of 1: planet candidate", "SYNTHETIC")
    _has(texts, "Light curve and trend", "What remains", "Sines (Lomb-Scargle)", "Boxes (BLS)")
    _has(texts, "Folded at 3.5 d", "Close-up and model", "Odd and even", "Secondary")
    _has(texts, "Single events", "Centroid", "Depth by season", "Most alike", "no light")
    _has(texts, "3.50000 ± 0.00020 d", "140.0000 ± 0.0010 d", "10000 ± 40 ppm", "93 in 9 events")
    _has(texts, "✓ pass", "✗ FAIL", "one place", "differ 0.3 (4 ", "source 0.2 px (1.5 ")
    _has(texts, "rank 3, score 2.5", "parts: event 2", "transit_snr", "75 %", "made by: made")
    _has(texts, 'open_dataset("survey")["KIC 757076"].to_lightkurve()', "abababab")


@pytest.mark.parametrize(
    ("known", "kind", "wanted"),
    [
        ({"labels": "rr_lyrae", "pulsation_frequency": 1.8}, Kind.WAVE, "RR Lyrae star"),
        ({"labels": "contact", "eclipse_period": 0.4}, Kind.WAVE, "contact binary"),
        ({"labels": "flares", "flare_count": 3}, Kind.EVENTS, "flare star"),
        ({"labels": ""}, Kind.EVENTS, "1  dip"),
    ],
)
def test_other_signals(
    curve: LightCurve,
    known: dict[str, Any],
    kind: Kind,
    wanted: str,
) -> None:
    """Stars that vary, flare or dim once are shown so, though the search has a false alarm."""
    vetted = {**_VETTED, "disposition": "not_transit_like"}
    page = _page(
        curve, candidates=(_CANDIDATE,), dispositions=(vetted,), vetting=known, events=(_DIP,)
    )
    assert page.subject.kind is kind
    _has(_texts(page), wanted, "Strongest of 1 events", "140.000 d", "not transit like")


def _missing(*names: str) -> dict[str, str]:
    """Return what a record says of tables that are not there, in a folder with a long name."""
    commands = dict.fromkeys(("features", "candidates"), "features") | {"ranking": "rank"}
    root = "/data/" + "long/" * 20
    return {
        one: f"there is no {one}.parquet: run xenoscan {commands.get(one, 'vet')} {root}end"
        for one in names
    }


def test_nothing_was_run(curve: LightCurve) -> None:
    """Without tables a page says that nobody looked, not that nothing is there."""
    names = ("features", "candidates", "vetting", "events", "dispositions", "ranking", "baseline")
    texts = _texts(_page(curve, missing=_missing(*names)))
    _has(texts, "not searched: run xenoscan features", "labels: not vetted", "no features")
    whole = "\n".join(texts)
    for false in ("nothing stands out", "labels: none", "no candidate", "no period was found"):
        assert false not in texts
    assert "0 candidates" not in whole and "vetting rules 3" not in whole
    # Every command is whole, however long the name of the folder is.
    whole = whole.replace("\n", "")
    for command in ("features", "vet", "rank"):
        assert whole.count(f"run xenoscan {command} /data/long/") == 1
    assert whole.count("/end") == 3


def test_nothing_was_vetted(curve: LightCurve) -> None:
    """What the search found is shown before it is vetted, and the page says that it was not."""
    names = ("vetting", "events", "dispositions", "ranking", "baseline")
    page = _page(curve, candidates=(_CANDIDATE,), missing=_missing(*names))
    assert page.subject.kind is Kind.DIPS
    assert page.subject.words == "candidate 1 of 1: not vetted"
    nothing = subject_of(replace(page.record, candidates=()))
    assert nothing.words == "not vetted: run xenoscan vet"


def test_several_quarters(curve: LightCurve) -> None:
    """A centroid is compared with its own quarter, and files of one quarter are no quarters."""
    half = len(curve) // 2
    second = np.arange(len(curve)) >= half
    one = curve.files_used[0]
    two_files = (one, replace(one, sequence_number=one.sequence_number + 1))
    both = replace(
        curve,
        flux=1 + 1e-4 * np.sin(curve.time),
        sequence_number=curve.sequence_number + second,
        centroid_col=curve.centroid_col + 500.0 * second,
        centroid_row=curve.centroid_col,
        files=two_files,
    )
    with mpl.rc_context(STYLE):
        page = _page(both)
        axes = Figure().add_subplot()
        draw_centroid(axes, page)
    low, high = axes.get_ylim()
    assert high - low < 20
    assert "2 of 2 quarters" in "".join(_texts(page))
    shared = _page(replace(both, files=(one, one)))
    assert "2 of 2 files" in "".join(_texts(shared))


def test_the_line_that_opens_it(curve: LightCurve) -> None:
    """The line of Python is valid, and names the light curve where a star has several."""
    root = Path("C:\\new") / "long" / ("x" * 50) / 'a "b"'
    page = _page(_few(curve, 20))
    record = replace(page.record, root=root, file="KIC_757076_short.fits")
    (text,) = (one for one in _texts(replace(page, record=record)) if "to_lightkurve" in one)
    line = text.split("lightkurve: ")[1]
    names = [one.value for one in ast.walk(ast.parse(line)) if isinstance(one, ast.Constant)]
    assert sorted(map(str, names)) == [str(root), "KIC_757076_short"]


def _few(curve: LightCurve, n: int) -> LightCurve:
    names = [one.name for one in fields(curve) if isinstance(getattr(curve, one.name), np.ndarray)]
    return replace(curve, **{name: getattr(curve, name)[:n] for name in names})


_NAN = np.nan
_DEGENERATE: dict[str, Callable[[LightCurve], LightCurve]] = {
    "ten points": lambda one: _few(one, 10),
    "one point": lambda one: _few(one, 1),
    "no flux": lambda one: replace(one, flux=np.full(len(one), _NAN)),
    "constant": lambda one: replace(_few(one, 300), flux=np.ones(300)),
    "all flagged, nothing but flux": lambda one: replace(
        one,
        flux_err=np.full(len(one), _NAN),
        quality=np.full(len(one), 2**17, np.int32),
        centroid_col=np.full(len(one), _NAN),
    ),
}


@pytest.mark.parametrize("name", _DEGENERATE)
def test_degenerate_light(curve: LightCurve, name: str) -> None:
    """Light of which little can be made has a page that says so, without any table."""
    page = _page(_DEGENERATE[name](curve))
    assert page.subject.kind is Kind.QUIET
    _has(_texts(page), "KIC 757076", "not ranked", "no candidate", "not known")


def test_degenerate_candidate(curve: LightCurve) -> None:
    """Candidates without depth or duration, or outside of the light, are shown as far as known."""
    bare = {"number": 1, "period_d": 1e4, "epoch_d": -5e3, "duration_d": None, "depth": None}
    page = _page(_few(curve, 60), candidates=(bare,), dispositions=(_VETTED,))
    _has(_texts(page), "no event was observed", "not searched")


def test_foreign_names(curve: LightCurve) -> None:
    """A name is no formula, stays in its line, and letters without a picture are replaced."""
    page = _page(curve)
    name = r"$\frac{1}{0}$ ☃" + "\n" + "x" * 99
    page = replace(page, record=replace(page.record, name=name), command=r"$\undefined$")
    (shown,) = (one for one in _texts(page) if one.startswith("$\\frac"))
    assert "\n" not in shown and "☃" not in shown and len(shown) <= 40


def test_same_bytes(curve: LightCurve) -> None:
    """A sheet has the same bytes whenever it is drawn."""
    page = _page(_few(curve, 40))
    one = Sheet(page.record, page)
    pdf = one.content("pdf")
    assert pdf.startswith(b"%PDF") and b"/Count 1 " in pdf
    assert pdf == one.content("pdf")
