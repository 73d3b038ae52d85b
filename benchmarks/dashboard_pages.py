"""What the dashboard's pages take in a real browser: 200,000 stars, and a star's 65,000 points."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.measure import describe_machine
from benchmarks.ranking_times import write_many
from benchmarks.report import table, write_report
from preprocessing.core.errors import RunError
from preprocessing.report.star.light import read_light
from tests.support.browser import open_browser
from tests.support.ranked_stars import write_ranking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["dashboard_pages"]

_PATIENCE_MS = 60_000
#: A server that has not ended by then is ended by force.
_END_S = 10
#: What a page still does by itself after its first rows or points is over by then.
_REST_MS = 1500
#: A synthetic star with as many points as Kepler has of one.
_STAR = "embedded --survey --stars 1 --quarters 17"
#: What is promised, in milliseconds.
_GOALS = {"first rows": 500, "sort": 100, "a star's points": 400, "zoom": 50}
#: Sorted by in turn, so that no answer is one that was kept.
_SORTED_BY = ("magnitude", "teff", "score_unexplained", "rank_unexplained")
#: Panel's table is in the order of ranks at first, so that by them nothing would move, and what
#: waits for other rows would wait for ever. It sorts anew each time.
_PANEL_SORTED_BY = _SORTED_BY[:3]
_PEER = Path(__file__).with_name("peers") / "panel_pages.py"

#: Finds elements inside shadow trees too, which Panel has.
_FIND = """
window.findDeep = (selector, from = document) => {
  const found = [...from.querySelectorAll(selector)];
  for (const one of from.querySelectorAll("*"))
    if (one.shadowRoot) found.push(...findDeep(selector, one.shadowRoot));
  return found;
};
window.until = (isSo) => new Promise((done, fail) => {
  const end = () => done(performance.now());
  const look = () => (isSo() ? setTimeout(end) : requestAnimationFrame(look));
  setTimeout(() => fail(new Error(`not so after PATIENCE_MS ms: ${isSo}`)), PATIENCE_MS);
  look();
});
""".replace("PATIENCE_MS", str(_PATIENCE_MS))
_ROWS = "until(() => findDeep('.tabulator-row').length > 5)"
_SORT = """async (field) => {
  const first = () => findDeep(".tabulator-row").slice(0, 5).map((row) => row.textContent).join();
  const before = first();
  const [header] = findDeep(`.tabulator-col[tabulator-field="${field}"] .tabulator-col-title`);
  const begun = performance.now();
  header.click();
  return (await until(() => first() && first() !== before)) - begun;
}"""
_DRAWN = "until(() => document.querySelector('.curves[data-drawn]'))"
_ZOOM = """async () => {
  const key = new KeyboardEvent("keydown", { key: "+", bubbles: true });
  const begun = performance.now();
  document.querySelector(".chart-raw").dispatchEvent(key);
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - begun;
}"""
#: Panel has drawn when its document waits for nothing, and the picture is there.
_PANEL_DRAWN = """until(() =>
  window.Bokeh?.documents[0]?.is_idle && findDeep("canvas").length > 0)"""


def dashboard_pages(n_stars: int, rounds: int, panel: Path | None, folder: Path) -> None:
    """Measure the pages in headless Chromium, those of Panel beside them if it is there.

    Parameters
    ----------
    n_stars : int
        Synthetic stars of the table.
    rounds : int
        Repetitions after one that is not counted; medians are reported.
    panel : Path or None
        A Python with panel, hvplot and datashader, which are not installed otherwise.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        A server did not start.
    """
    ours: dict[str, list[float]] = defaultdict(list)
    theirs: dict[str, list[float]] = defaultdict(list)
    failure = ""
    with tempfile.TemporaryDirectory() as made, open_browser() as browser:
        root = Path(made) / "synthetic"
        star, n_points = _write(root, n_stars)
        command = [sys.executable, "-m", "preprocessing", "dashboard", str(root), "--port", "0"]
        with _served(command) as address:
            for number in range(rounds + 1):
                _add(ours, _our_times(browser, address, star, number))
        if panel is not None:
            with _served([str(panel), str(_PEER), str(root)]) as address:
                failure = _measure_panel(browser, address, rounds, theirs)
    load = os.getloadavg()[0]
    rows = [
        [what, str(goal), _median(ours, what), _median(theirs, what)]
        for what, goal in _GOALS.items()
    ]
    parts = [
        f"{n_stars:,} synthetic stars; a star of {n_points:,} points, whose light the server has at"
        " hand. Milliseconds from opening the page, or from click or key, to the next frame that"
        f" shows it, in headless Chromium at 1280 x 860; medians of {rounds} rounds. Load"
        f" {load:.1f} on {os.cpu_count()} processors: above 1, everything takes longer.",
        table(["what", "promised", "dashboard", "Panel"], rows),
        *([f"Panel's pages were not measured to the end: {failure}"] if failure else []),
    ]
    record = {"dashboard": dict(ours), "panel": dict(theirs), "load": load}
    write_report(folder, "dashboard-pages", describe_machine(), parts, record)


def _write(root: Path, n_stars: int) -> tuple[str, int]:
    """Write the data set, and what Panel reads of it; return a star with light, and its points."""
    words = ["download", "--dataset", str(root), "--targets", "1", "--archive", _STAR, "--quiet"]
    if subprocess.run([sys.executable, "-m", "preprocessing", *words], check=False).returncode:
        raise RunError("the synthetic star could not be downloaded")
    (path,) = (root / "lightcurves").glob("*.fits")
    write_many(root, n_stars)
    write_ranking(root, n_stars)
    shown = read_light(root, path.name)
    light = shown.light
    np.savez(root / "light.npz", time=light.time_d, flux=light.flux)
    columns: dict[str, Any] = {}
    for name in ("ranking", "vetting"):
        for column, values in pq.read_table(root / f"{name}.parquet").to_pydict().items():
            if column in {"name", "class", *_SORTED_BY}:
                columns[column] = np.array(values)
    np.savez(root / "table.npz", **columns)
    return path.stem.lower(), len(light)


@contextmanager
def _served(command: list[str]) -> Iterator[str]:
    """Start a server; yield the address that it prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                address = next((word for word in line.split() if word.startswith("http://")), None)
                if address is not None:
                    yield address
                    break
            else:
                raise RunError(f"{' '.join(command)} printed no address")
        finally:
            process.terminate()
            # Its output stays open meanwhile: Bokeh says that it ends, and never does if it cannot.
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(_PATIENCE_MS)
    context.add_init_script(_FIND)
    try:
        yield context.new_page()
    finally:
        context.close()


def _our_times(browser: Browser, address: str, star: str, number: int) -> Mapping[str, float]:
    field = _SORTED_BY[number % len(_SORTED_BY)]
    times: dict[str, Any] = {}
    with _page(browser) as page:
        page.goto(f"{address}#/stars", wait_until="commit")
        times["first rows"] = page.evaluate(_ROWS)
        page.wait_for_timeout(_REST_MS)
        times["sort"] = page.evaluate(_SORT, field)
    with _page(browser) as page:
        page.goto(f"{address}#/star/{star}", wait_until="commit")
        times["a star's points"] = page.evaluate(_DRAWN)
        page.wait_for_timeout(_REST_MS)
        times["zoom"] = median(page.evaluate(_ZOOM) for _ in range(5))
    return times


def _panel_times(browser: Browser, address: str, number: int) -> Mapping[str, float]:
    field = _PANEL_SORTED_BY[number % len(_PANEL_SORTED_BY)]
    times: dict[str, Any] = {}
    with _page(browser) as page:
        page.goto(f"{address}table", wait_until="commit")
        times["first rows"] = page.evaluate(_ROWS)
        page.wait_for_timeout(_REST_MS)
        times["sort"] = page.evaluate(_SORT, field)
    with _page(browser) as page:
        page.goto(f"{address}star", wait_until="commit")
        times["a star's points"] = page.evaluate(_PANEL_DRAWN)
    return times


def _measure_panel(
    browser: Browser, address: str, rounds: int, times: dict[str, list[float]]
) -> str:
    """Measure the pages of Panel; return what kept them from an end, if anything did."""
    from playwright.sync_api import Error

    try:
        for number in range(rounds + 1):
            _add(times, _panel_times(browser, address, number))
    except Error as error:
        # The dashboard's numbers are there, and stand without those beside them.
        return str(error).splitlines()[0]
    return ""


def _add(all_times: dict[str, list[float]], times: Mapping[str, float]) -> None:
    for what, value in times.items():
        all_times[what].append(value)


def _median(times: Mapping[str, list[float]], what: str) -> str:
    # The first round compiles functions, and reads files that the machine has not in memory.
    counted = times.get(what, [])[1:]
    return f"{median(counted):.0f}" if counted else "-"
