"""The dashboard's pages in a real browser: what they show, and what keys and clicks do."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.run_state import (
    CONTROL_NAME,
    RUN_HISTORY_NAME,
    RUN_STATUS_NAME,
    CommandAnswer,
    ControlCommand,
    RunState,
    RunStatus,
)
from tests.support.browser import accessibility_problems, dashboard, open_browser, watched_page
from tests.support.feature_stars import write_stars
from tests.support.packing import write_results
from tests.support.ranked_stars import DIPPER, write_ranking, write_tables

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.slow

_STARS = 120
#: As many as pages show pictures of.
_WITH_LIGHT = 14
_MARKUP = "<img src=x onerror=\"document.title='run'\"><b>bold</b>"
_FIRST = f"#/star/kic_{DIPPER}"
_CANDIDATES_OF_A_STAR_WITHOUT_FEATURES = """async () => {
    const panels = await import("/static/star/panels.js");
    const missing = { candidates: "there is no table: run this" };
    return panels.candidates({ candidates: [], missing }).textContent;
}"""
_PAINTED_PIXELS = """async () => {
    const { paintSquares } = await import("/static/charts.js");
    const x = [0, 1, 2, 2.5, 3, 4, NaN, 2], y = [0, 1, 9, 4, 10, 5, 5, 40];
    const bbox = { left: 5, top: 3, width: 40, height: 30 };
    const scales = { x: { min: 0, max: 4 }, y: { min: 0, max: 10 } };
    const painted = (paint) => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 50, height: 40 });
        const ctx = canvas.getContext("2d");
        ctx.fillStyle = "#f0f0f0";
        ctx.fillRect(0, 0, 50, 40);
        paint(ctx);
        return [...ctx.getImageData(0, 0, 50, 40).data].join();
    };
    const byCanvas = (ctx) => {
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        ctx.fillStyle = "#16496f";
        for (const at of [0, 1, 2, 3, 4, 5])
            ctx.fillRect(Math.floor(5 + 10 * x[at] - 1.5), Math.floor(33 - 3 * y[at] - 1.5), 3, 3);
    };
    const byHand = (ctx) => paintSquares({ ctx, bbox, scales }, x, y, 0, 7, "#16496f", 3);
    return [painted(byHand), painted(byCanvas), painted(() => {})];
}"""
_CUT_TITLES = """() => [...document.querySelectorAll(".tabulator-col-title")]
    .filter((title) => title.scrollWidth > title.clientWidth).map((title) => title.textContent)"""
_PAGES = {
    "#/": ".gallery img",
    "#/run": ".quarter-table",
    "#/stars?size=25": ".tabulator-row",
    "#/sky": "canvas",
    _FIRST: ".curves[data-drawn] canvas",
    "#/triage": ".triage-star canvas",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests."""
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of ranked stars, the first of which have light, with a run that is alive."""
    root = tmp_path_factory.mktemp("dashboard") / "survey <i>"
    write_tables(root, _STARS, _place)
    write_ranking(root, _STARS)
    _say(root, DIPPER, _MARKUP)
    places = write_stars(root, range(DIPPER, DIPPER + _WITH_LIGHT))
    write_results(places, [_outcome(row) for row in range(_STARS)])
    _write_manifest(places)
    places.checkpoints.mkdir(exist_ok=True)
    _write_history(places)
    _write_status(places, RunState.RUNNING)
    return root


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    """The address of a dashboard of this data set."""
    with dashboard(root) as address:
        yield address


@pytest.fixture
def page(browser: Browser, root: Path) -> Iterator[Page]:
    """An empty page that fails the test if the console has an error."""
    _write_status(DatasetFolder(root), RunState.RUNNING)
    with watched_page(browser) as page:
        yield page


def _place(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
    """Give a star a place in Kepler's field."""
    features.update({"ra": 283.0 + number % 17, "dec": 38.0 + number % 13})


def _outcome(row: int) -> dict[str, object]:
    """Return what became of a target: every other one has no quarter 9."""
    name = f"KIC_{DIPPER + row}"
    lacks = {"error": "Q9 corrupt", "reason": "partial", "quarters_failed": 1} if row % 2 else {}
    return {"target_id": name.replace("_", " "), "filepath": f"lightcurves/{name}.fits", **lacks}


def _say(root: Path, number: int, words: str) -> None:
    """Let the ranking say something of a star."""
    path = root / "ranking.parquet"
    table = pq.read_table(path)
    said = [
        words if row["kic"] == number else row["why_unexplained"]
        for row in table.select(["kic", "why_unexplained"]).to_pylist()
    ]
    place = table.schema.get_field_index("why_unexplained")
    field = table.schema.field(place)
    table = table.set_column(place, field, pa.array(said, field.type))
    pq.write_table(table.replace_schema_metadata(table.schema.metadata), path)


def _write_manifest(places: DatasetFolder) -> None:
    """Write of which stars which quarters failed: quarter 9 of most."""
    lines = []
    for row in range(_STARS):
        reason = "corrupt" if row % 2 else ""
        files = [_file("Q8", ""), _file("Q9", reason), _file("Q10", "timeout" if row == 7 else "")]
        target = {"kind": "target", "target": f"KIC {DIPPER + row}", "quarters": files}
        target |= {"reason": "complete", "output": f"KIC_{DIPPER + row}.fits"}
        lines.append(json.dumps(target, separators=(",", ":")))
    places.manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _file(label: str, reason: str) -> dict[str, str]:
    return {"label": label, "status": "failed" if reason else "used", "reason": reason}


def _now(ago_s: float = 0) -> str:
    moment = datetime.now(timezone.utc) - timedelta(seconds=ago_s)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_STATUS = RunStatus(
    run="2026-11-30T17:58:00Z",
    seconds=300.0,
    total=_STARS,
    done=60,
    complete=50,
    partial=8,
    failed=2,
    stars_per_s=2.5,
    bytes_per_s=3e6,
    seconds_left=24.0,
    waiting_for="the archive's answers",
    failures={"corrupt": 2},
)


def _write_status(places: DatasetFolder, state: RunState, *answers: CommandAnswer) -> None:
    # From a later time, so that no test is too slow for a run that is alive.
    status = replace(_STATUS, time=_now(-600), state=state, answers=answers)
    (places.checkpoints / RUN_STATUS_NAME).write_text(status.to_json())


def _write_history(places: DatasetFolder) -> None:
    lines = [replace(_STATUS, time=_now(300 - 10 * step), done=step) for step in range(30)]
    text = "".join(line.to_history() for line in lines)
    (places.checkpoints / RUN_HISTORY_NAME).write_text(text)


def _until(is_so: Callable[[], bool], page: Page) -> None:
    """Wait until something is so that no element of the page shows."""
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        page.wait_for_timeout(20)


@pytest.mark.parametrize("name", _PAGES)
def test_every_page(name: str, page: Page, address: str) -> None:
    """Every page works at both widths, light and dark, with nothing serious for axe to find."""
    page.goto(address + name)
    page.wait_for_selector(_PAGES[name])
    page.wait_for_load_state("networkidle") if name != "#/run" else None
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Switch to dark colors").click()
    page.set_viewport_size({"width": 400, "height": 860})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert accessibility_problems(page) == []
    assert page.title().endswith("XENOSCAN")
    assert page.locator("main img[src=x], main i").count() == 0


@pytest.mark.parametrize("name", ["#/triage", _FIRST])
def test_a_chart_that_is_still_wide_widens_no_page(name: str, page: Page, address: str) -> None:
    """A page that becomes narrow is narrow at once: a chart's own width follows later."""
    page.add_init_script("ResizeObserver = class { observe() {} disconnect() {} }")
    page.goto(address + name)
    page.wait_for_selector(_PAGES[name])
    page.set_viewport_size({"width": 400, "height": 860})
    assert page.locator(".u-wrap").first.evaluate("wrap => wrap.offsetWidth") > 400
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_the_strangest_star_is_one_click_away(page: Page, address: str) -> None:
    """The first page leads to the strangest star, whose text is shown as text."""
    page.goto(address)
    first = page.locator(".gallery a").first
    assert _MARKUP in (first.text_content() or "")
    first.click()
    page.wait_for_selector(".curves[data-drawn]")
    assert page.locator("h1").text_content() == f"KIC {DIPPER}"


def test_the_worst_quarter_is_two_clicks_away(page: Page, address: str) -> None:
    """The run's page has the worst quarter on top, which leads to its stars."""
    page.goto(address)
    page.get_by_role("link", name="Run", exact=True).click()
    worst = page.locator(".quarter-table tbody tr").first
    worst.wait_for()
    assert "Q9" in (worst.text_content() or "") and "60" in (worst.text_content() or "")
    worst.get_by_role("link").click()
    page.get_by_text(f"{_STARS // 2} stars meet the conditions").wait_for()


def test_the_table(page: Page, address: str) -> None:
    """The table is sorted, filtered and paged, keeps its state in the address, and opens stars."""
    page.goto(f"{address}#/stars?size=25")
    page.get_by_text(f"{_STARS} stars").wait_for()
    assert page.evaluate(_CUT_TITLES) == []
    page.locator(".tabulator-col[tabulator-field=magnitude] .tabulator-col-title").click()
    page.wait_for_url("**sort=magnitude**")
    page.get_by_label("Filter by magnitude").press_sequentially("11..14")
    page.wait_for_url("**f.magnitude=11..14**")
    page.get_by_text("stars meet the conditions").wait_for()
    cells = page.locator(".tabulator-cell[tabulator-field=magnitude]")
    shown = [float(text) for text in cells.all_text_contents()]
    assert shown == sorted(shown) and 11 <= shown[0] <= shown[-1] <= 14
    page.get_by_label("Condition").fill("rank <= 3 or")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.get_by_label("Condition").fill(f"kic = {DIPPER + 1} or kic = {DIPPER + 2}")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Find a column").fill("stat_tail")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Show these").click()
    page.get_by_label("Filter by stat_tail").wait_for()
    page.reload()
    page.get_by_label("Filter by stat_tail").wait_for()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("button", name="Last page").click()
    page.get_by_text("120 of 120").wait_for()
    page.locator(".tabulator-cell a").last.click()
    page.wait_for_url("**#/star/kic_*")
    page.goto(f"{address}#/stars?columns=name,magnitude,failed_files&f.failed_files=Q9")
    page.get_by_text(f"{_STARS // 2} stars meet the conditions").wait_for()
    # In some countries this is one and a half, and it is not fifteen anywhere.
    page.get_by_label("Filter by magnitude").press_sequentially("<1,5")
    page.get_by_text("is no condition for magnitude").wait_for()
    # Of a time when there were more stars, and other columns.
    page.goto(f"{address}#/stars?size=25&page=99&columns=gone")
    page.get_by_text("120 of 120").wait_for()
    page.get_by_label("Filter by name").wait_for()


def test_light_without_points(page: Page, address: str) -> None:
    """Of a star whose points have no flux, the page says so, and shows all else."""
    header = b'{"n": 0, "columns": [], "quarters": [], "bits": {}}'.ljust(60)
    body = len(header).to_bytes(4, "little") + header
    page.route("**/light", lambda route: route.fulfill(body=body))
    page.goto(address + _FIRST)
    page.get_by_text("No point of this light curve").wait_for()
    page.get_by_role("heading", name="Why it stands out").wait_for()


def test_light_comes_first(page: Page, address: str) -> None:
    """A star's light is drawn, pixel for pixel as a canvas would, while its tables are read."""
    held: list[Route] = []
    page.route(f"**/api/stars/kic_{DIPPER}", lambda route: held.append(route))
    page.goto(address + _FIRST)
    page.wait_for_selector(".curves[data-drawn] canvas")
    assert page.get_by_role("heading", name="Why it stands out").count() == 0
    (route,) = held
    route.continue_()
    page.get_by_role("heading", name="Why it stands out").wait_for()
    page.wait_for_selector(".chart-folded canvas")
    by_hand, by_canvas, nothing = page.evaluate(_PAINTED_PIXELS)
    assert by_hand == by_canvas != nothing


def test_zoom_and_fold(page: Page, address: str) -> None:
    """Both curves are zoomed together by mouse and keys, and the light is folded at any period."""
    page.goto(address + _FIRST)
    page.wait_for_selector(".chart-folded canvas")
    raw, flat = page.locator(".chart-raw"), page.locator(".chart-detrended")
    before = raw.screenshot(), flat.screenshot()
    box = flat.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 320, box["y"] + 60)
    page.mouse.up()
    page.mouse.move(5, 5)
    zoomed = raw.screenshot(), flat.screenshot()
    assert zoomed[0] != before[0] and zoomed[1] != before[1]
    raw.focus()
    page.keyboard.press("0")
    page.locator("h1").click()
    assert (raw.screenshot(), flat.screenshot()) == before
    folded = page.locator(".chart-folded")
    before_fold = folded.screenshot()
    page.get_by_label("Period, d").fill("2.5")
    assert folded.screenshot() != before_fold
    page.get_by_label("Any period").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_label("Period, d").input_value() != "2.5"


def test_triage(page: Page, address: str, root: Path) -> None:
    """Keys label one star after the other; labels and notes are in the file at once."""
    page.goto(f"{address}#/triage")
    page.wait_for_selector(f"[data-star=kic_{DIPPER}]")
    page.keyboard.press("n")
    page.keyboard.type(_MARKUP)
    page.keyboard.press("Enter")
    page.keyboard.press("i")
    page.wait_for_selector(f"[data-star=kic_{DIPPER + 1}]")
    page.keyboard.press("a")
    page.wait_for_selector(f"[data-star=kic_{DIPPER + 2}]")
    page.keyboard.press("z")
    page.wait_for_selector(f"[data-star=kic_{DIPPER + 1}]")
    _until(lambda: len(_labels(root)) == 1, page)
    assert _labels(root) == {f"KIC {DIPPER}": ("interesting", _MARKUP)}
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f"[data-star=kic_{DIPPER}]")
    assert page.get_by_role("textbox", name="note").input_value() == _MARKUP
    assert page.get_by_role("button", name="interesting").get_attribute("aria-pressed") == "true"
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_text("Undo the last label").wait_for()


def _labels(root: Path) -> dict[str, tuple[str, str]]:
    path = root / "labels.csv"
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as stream:
        return {row["star"]: (row["label"], row["note"]) for row in csv.DictReader(stream)}


def test_pause_and_go_on(page: Page, address: str, root: Path) -> None:
    """A run is told to pause and to go on, and the page says what it answers."""
    places = DatasetFolder(root)
    control = places.checkpoints / CONTROL_NAME
    page.goto(f"{address}#/run")
    for button, state in (("Pause", RunState.PAUSED), ("Go on", RunState.RUNNING)):
        control.unlink(missing_ok=True)
        page.get_by_role("button", name=button).click()
        _until(control.exists, page)
        command = ControlCommand.from_json(control.read_bytes())
        answer = CommandAnswer(command.id, str(command.command), f"it is {state}", _now())
        _write_status(places, state, answer)
        page.get_by_text(f"the run answers: it is {state}").first.wait_for()


def test_what_is_missing(browser: Browser, tmp_path: Path) -> None:
    """A data set without a ranking or a run says on each page which command makes it."""
    write_tables(tmp_path, 3)
    with dashboard(tmp_path) as address, watched_page(browser) as page:
        for name, words in {
            "": "not ranked yet",
            "#/triage": "xenoscan rank",
            "#/run": "xenoscan download",
            "#/sky": "no positions",
        }.items():
            page.goto("about:blank")
            page.goto(address + name)
            page.get_by_text(words).first.wait_for()
        # Nothing is said of what nobody looked for.
        words = page.evaluate(_CANDIDATES_OF_A_STAR_WITHOUT_FEATURES)
        assert "There is no table" in words and "No repeated dip" not in words
