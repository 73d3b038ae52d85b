"""The page that ``xenoscan report`` makes, and with which other commands end."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from argparse import Namespace
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from preprocessing.cli.call import Call
from preprocessing.cli.closing_report import close_with_report
from preprocessing.cli.commands import COMMANDS
from preprocessing.cli.exit_codes import FAILED, INTERRUPTED, OK
from preprocessing.cli.main import main
from preprocessing.core.outcomes import COLUMNS
from preprocessing.core.run_state import RunState, RunStatus
from preprocessing.tables.value_tables import with_values, write_table
from tests.support.browser import accessibility_problems, open_browser, watched_page
from tests.support.ranked_stars import write_ranking, write_tables

pytestmark = pytest.mark.slow

#: Markup that would be seen in the page's structure, were it taken for markup.
EVIL = '<b class="evil">bold</b>&lt;"\'><script>x=1</script>'
#: Elements whose end is implied.
EMPTY = {"meta", "img", "br"}


class Structure(HTMLParser):
    """What a page consists of."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.unnamed: list[str] = []
        self.outside: list[str] = []
        self.text = ""
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names.add(tag)
        if re.fullmatch(r"h\d", tag):
            self.headings.append(tag)
        addresses = [str(given[name]) for name in ("src", "href") if name in given]
        self.outside += [one for one in addresses if not one.startswith(("#", "data:image/png"))]
        if "id" in given:
            self.ids.append(str(given["id"]))
        if tag == "img" and not given.get("alt"):
            self.unnamed.append(tag)
        if given.get("role") in ("img", "region") and not given.get("aria-label"):
            self.unnamed.append(tag)
        assert "evil" not in str(given.get("class"))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def read(path: Path) -> Structure:
    """Return the structure of a page that is whole, refers to nothing and has good headings."""
    content = path.read_text(encoding="utf-8")
    found = Structure(content)
    assert found.open == []
    assert found.outside == []
    assert "url(" not in content
    assert "@import" not in content
    assert found.names.isdisjoint({"script", "iframe", "link", "object", "form"})
    assert len(set(found.ids)) == len(found.ids)
    assert found.unnamed == []
    assert found.headings.count("h1") == 1
    steps = zip(found.headings, found.headings[1:], strict=False)
    assert all(int(after[1]) - int(before[1]) <= 1 for before, after in steps)
    return found


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set that is ranked, whose records are full of markup."""
    root = tmp_path_factory.mktemp("pages") / "set <i>one"
    root.mkdir()
    write_tables(root, 60)
    write_ranking(root, 60)
    table = pq.read_table(root / "ranking.parquet")
    for name in ("name", "why_unexplained", "class", "labels"):
        table = with_values(table, name, [EVIL] * len(table))
    with (root / "ranking.parquet").open("wb") as stream:
        write_table(stream, table)
    write_records(root)
    return root


def write_records(root: Path) -> None:
    """Write results, a manifest, a history and a command, all of which name stars in markup."""
    cells = {"target_id": EVIL.replace('"', '""'), "reason": "partial"}
    cells |= {"error": f"Q4 timeout: {cells['target_id']}"}
    row = ",".join(f'"{cells.get(name, 1)}"' for name in COLUMNS)
    (root / "download_results.csv").write_text(f"{','.join(COLUMNS)}\n{row}\n")
    quarters = [
        {"label": EVIL, "status": "failed", "reason": EVIL, "data_rel": EVIL},
        {"label": "Q5", "status": "used", "reason": "", "procver": "synthetic"},
    ]
    target = {"kind": "target", "target": EVIL, "reason": "partial", "quarters": quarters}
    run = {"kind": "run", "time": EVIL, "program": EVIL, "arguments": ["--ids", EVIL]}
    lines = (json.dumps(one, separators=(",", ":")) for one in (run, target))
    (root / "download_results_manifest.jsonl").write_text("\n".join(lines) + "\n")
    (root / "checkpoints").mkdir(exist_ok=True)
    statuses = [
        RunStatus(run=EVIL, seconds=10.0 * n, done=n, state=state, failures={EVIL: 1})
        for n, state in enumerate(
            (RunState.RUNNING, RunState.OUTAGE, RunState.RUNNING, RunState.ENDED)
        )
    ]
    history = "".join(one.to_history() for one in statuses)
    (root / "checkpoints" / "run_history.jsonl").write_text(history)


def test_whole_page(ranked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page stands alone, has what every table and record says, and shows markup as text."""
    assert main(["report", str(ranked)]) == 0
    path = ranked / "report.html"
    assert str(path) in capsys.readouterr().out
    found = read(path)
    for words in (
        "SYNTHETIC",
        "set <i>one",
        "is the worst: 1 of its 1 file",
        "1 target failed for reasons that may pass",
        "while the archive was down",
        "47 features of 60 light curves",
        "This ranking was not validated.",
        f"xenoscan validate {shlex.quote(str(ranked))}",
        "@misc{xenoscan,",
        # Light of these tables was never written.
        "Its light cannot be shown",
    ):
        assert words in found.text, words
    assert found.text.count(EVIL) > 24
    assert path.stat().st_size < 1_000_000


def test_missing_stages_are_named(tmp_path: Path) -> None:
    """A data set in which nothing was done yet gets a page that says which commands add what."""
    (tmp_path / "lightcurves").mkdir()
    assert main(["report", str(tmp_path), "--quiet"]) == 0
    text = read(tmp_path / "report.html").text
    for command in ("download --dataset", "features", "vet", "rank", "validate"):
        assert f"xenoscan {command} {tmp_path}" in text
    assert "no history of a download" in text


def test_a_folder_that_is_no_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is refused in one line, and nothing is written."""
    (tmp_path / "thesis.tex").write_text("mine")
    assert main(["report", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{tmp_path} is no data set" in line and "name the folder" in line
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("name", ["hats", "features.parquet", "download_results_manifest.jsonl"])
def test_a_data_set_that_lost_its_light_curves(tmp_path: Path, name: str) -> None:
    """The report shows whatever is left of a data set."""
    (tmp_path / name).mkdir()
    assert main(["report", str(tmp_path), "--quiet"]) == 0


def test_a_short_run_has_no_curves(tmp_path: Path) -> None:
    """Of a run that was over before anything of it was recorded, no course is made up."""
    ends = (
        RunStatus(run="2026", seconds=0.4),
        RunStatus(run="2026", seconds=9.5, done=120, stars_per_s=13.2, state=RunState.ENDED),
    )
    (tmp_path / "checkpoints").mkdir()
    history = "".join(one.to_history() for one in ends)
    (tmp_path / "checkpoints" / "run_history.jsonl").write_text(history)
    assert main(["report", str(tmp_path), "--quiet"]) == 0
    text = read(tmp_path / "report.html").text
    assert "120 stars, 12.6 stars/s in the mean" in text and "too short for curves" in text
    assert "in the median" not in text and "at most." not in text.split("too short")[1]


def test_damage_costs_a_section(ranked: Path, tmp_path: Path) -> None:
    """What is damaged is stated in the page, and costs no other section."""
    root = shutil.copytree(ranked, tmp_path / "set")
    damaged = {
        "features.parquet": (b"PAR1 and nothing", "features.parquet is damaged"),
        "download_results.csv": (b"a,b\n1,2\n", "is no results CSV"),
        "download_results_manifest.jsonl": (b'{"kind":"target"\n', "no file of a star yet"),
        "checkpoints/run_history.jsonl": (b"\xff\xfe[[[[", "no history of a download"),
        "checkpoints/commands.jsonl": (b'[]\n{"arguments": 7}\n', "(called from Python)"),
    }
    for name, (content, _) in damaged.items():
        (root / name).write_bytes(content)
    assert main(["report", str(root), "--quiet"]) == 0
    text = read(root / "report.html").text
    for _, words in damaged.values():
        assert words in text
    assert "@misc{xenoscan," in text


def test_files_of_others_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of somebody else is not replaced, and one of ours is, wherever it is wanted."""
    root = tmp_path / "set"
    (root / "lightcurves").mkdir(parents=True)
    page = root / "report.html"
    page.write_text("<!DOCTYPE html><p>mine</p>")
    assert main(["report", str(root), "--quiet"]) == 2
    other = tmp_path / "new" / "page.html"
    for _ in range(2):
        assert main(["report", str(root), "--html", str(other), "--quiet"]) == 0
    read(other)
    # At the end of a command, this costs the report, and not the command's success.
    call = Call("xenoscan rank", (), (), ())
    given = Namespace(dataset=root, quiet=False)
    capsys.readouterr()
    close_with_report(COMMANDS["rank"], given, call, OK)
    assert "there is no new report" in capsys.readouterr().err
    assert page.read_text() == "<!DOCTYPE html><p>mine</p>"


def test_commands_that_end_with_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs and stages end with a page, unless they were only asked something."""
    leaving = {name for name, command in COMMANDS.items() if command.leaves_report}
    assert leaving == {"download", "pack", "features", "vet", "rank", "all", "validate"}
    call = Call("xenoscan vet", (), (), ())
    page = tmp_path / "report.html"
    for given in ({"explain": ""}, {"dry_run": True}):
        own = Namespace(dataset=tmp_path, quiet=False, **given)
        close_with_report(COMMANDS["vet"], own, call, OK)
        assert not page.exists()
    close_with_report(COMMANDS["vet"], Namespace(dataset=tmp_path, quiet=False), call, FAILED)
    assert f"Report: {page}" in capsys.readouterr().out
    read(page)


def test_a_stopped_command_ends_with_its_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C leaves a report of what is done, says so before, and a second one skips it."""
    page = tmp_path / "report.html"

    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("preprocessing.cli.vet.run", interrupt)
    assert main(["vet", str(tmp_path)]) == INTERRUPTED
    read(page)
    told = capsys.readouterr()
    assert "another Ctrl-C skips the report" in told.err
    assert told.err.endswith("xenoscan vet: interrupted\n")
    assert f"Report: {page}" in told.out

    page.unlink()
    monkeypatch.setattr("preprocessing.report.html.report.write_report", interrupt)
    assert main(["vet", str(tmp_path)]) == INTERRUPTED
    assert not page.exists()
    assert "there is no new report" in capsys.readouterr().err


def test_page_in_a_browser(ranked: Path) -> None:
    """A browser has nothing to complain of, nor has axe, and nothing is wider than a phone."""
    assert main(["report", str(ranked), "--quiet"]) == 0
    address = (ranked / "report.html").resolve().as_uri()
    with open_browser() as browser:
        for width, scheme in ((1280, "light"), (400, "dark")):
            look = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
            with watched_page(browser, bypass_csp=True, **look) as page:
                page.goto(address)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert accessibility_problems(page) == []
