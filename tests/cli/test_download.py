"""The download command accepts sound arguments and refuses the others in clear words."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from scripts.xenoscan_scraper import main
from tests.support.scraping import PROGRAM, Place, Scrape, everything_below, wait_until

_HOLDINGS = SyntheticHoldings(20, n_quarters=1)
_KICS = _HOLDINGS.star_keys()
_NAMES = [f"KIC {kic}" for kic in _KICS]


@pytest.fixture(scope="module")
def server() -> Iterator[ArchiveThread]:
    """Serve stars of one quarter each."""
    with ArchiveThread(_HOLDINGS) as archive:
        yield archive


def _one_line(capsys: pytest.CaptureFixture[str]) -> str:
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    assert err.startswith("xenoscan_scraper.py: ")
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say which targets"),
        (["--targets", "0"], "--targets must be at least 1"),
        (["--targets", "-3"], "--targets must be at least 1"),
        (["--targets", "many"], "invalid int value"),
        (["--ids", " , "], "--ids names no target"),
        (["--ids", "a", "--target-list", "b"], "not allowed with"),
        (["--ids", "a", "--mission", "Hubble"], "unknown mission 'Hubble'"),
        (["--ids", "a", "--mission", "K2", "--cadence", "fast"], "K2 has no light curves of fast"),
        (["--ids", "a", "--mission", "tess", "--cadence", "long"], "SPOC has no light curves of"),
        (["--ids", "a", "--cadence", "fast"], "Kepler has no light curves of fast cadence"),
        (
            ["--ids", "a", "--mission", "tess", "--author", "K2SFF"],
            "unknown author 'K2SFF'",
        ),
        (["--ids", "a", "--mission", "tess", "--author", "CDIPS"], "CDIPS cannot be stitched"),
        (["--ids", "a", "--quarters", "5-3"], "is not a list of numbers"),
        (["--ids", "a", "--quarters", ""], "is not a list of numbers"),
        (["--ids", "a", "--cadence", "slow"], "unknown cadence 'slow'"),
        (["--ids", "a", "--workers", "0"], "workers must be at least 1"),
        (["--ids", "a", "--workers", "-1"], "workers must be at least 1"),
        (["--ids", "a", "--timeout", "0"], "time-out must be more than 0"),
        (["--ids", "a", "--timeout", "nan"], "time-out must be more than 0"),
        (["--ids", "a", "--retries", "-1"], "retries cannot be negative"),
        (["--ids", "a", "--flux", "raw"], "Kepler has no flux 'raw'"),
        (["--ids", "a", "--quality", "best"], "unknown quality 'best'"),
        (["--ids", "a", "--quality", "-1"], "quality bitmask -1"),
        (["--ids", "a", "--log-level", "loud"], "invalid choice"),
        (["--ids", "a", "--nonsense"], "unrecognized arguments"),
        (["--target-list", "nowhere.txt"], "cannot read the target list nowhere.txt"),
        (["--target-list", "."], "cannot read the target list ."),
        (["--ids", "a", "--archive", "nowhere"], "unknown archive 'nowhere'"),
        (["--ids", "a", "--archive", "ftp://host/"], "unknown archive"),
        (["--ids", "a", "--archive", "."], "holds no light-curve file with a known name"),
        (["--resume"], "there is no run to resume"),
    ],
)
def test_bad_arguments(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    """Each bad argument is one clear line with status 2 and no output."""
    monkeypatch.chdir(tmp_path)
    if "--resume" in arguments:
        arguments = [*arguments, "--archive", str(tmp_path)]
        (tmp_path / "kplr000757076-2009131105131_llc.fits").write_bytes(b"")
    assert main(arguments) == 2
    assert words in _one_line(capsys)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "names no target"),
        (b"# only a comment\n\n", "names no target"),
        (b"\x00K\x00I", "is not a text file"),
        (b"KIC 1\0\0", "is not a text file"),
        (b"ra,dec\n1,2\n", "say which with --id-column"),
    ],
)
def test_bad_lists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    """A list that is empty, binary, or a CSV of something else is refused."""
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    assert main(["--target-list", str(path)]) == 2
    assert words in _one_line(capsys)


@pytest.mark.parametrize("option", ["--output", "--results", "--checkpoint-dir"])
def test_unwritable_places(
    tmp_path: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """A path below a file is refused, and the message says so."""
    (tmp_path / "file").write_bytes(b"")
    options = Place(tmp_path).options()
    below = f"{option}={tmp_path / 'file' / 'x'}"
    arguments = [*options, below, "--ids", _NAMES[0], "--archive", server.base_url, "--quiet"]
    assert main(arguments) == 2
    assert "cannot write" in _one_line(capsys)


def test_no_disk_space(
    scrape: Scrape,
    server: ArchiveThread,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A run does not start on a full disk."""
    monkeypatch.setattr("preprocessing.acquire.runs.preparation.free_bytes", lambda folder: 10**6)
    status = scrape("--ids", _NAMES[0], "--archive", server.base_url, "--quiet")
    assert status == 2
    assert "has only 1 MB left" in _one_line(capsys)


@pytest.mark.slow
def test_an_unreachable_archive(scrape: Scrape, capsys: pytest.CaptureFixture[str]) -> None:
    """A port without a listener ends the run with one line and status 1."""
    status = scrape("--ids", "a", "--archive", "http://127.0.0.1:9", "--quiet")
    assert status == 1
    assert "cannot be reached" in _one_line(capsys)


def test_targets_that_are_not_there(scrape: Scrape, server: ArchiveThread) -> None:
    """Each missing target has a row with a reason, and the status is 1."""
    ids = f"Nobody-1,KIC 757076,a/b,{_NAMES[0]}"
    assert scrape("--ids", ids, "--archive", server.base_url) == 1
    reasons = {row["target_id"]: row["reason"] for row in scrape.rows()}
    assert reasons == {
        "Nobody-1": "unknown_name",
        "KIC 757076": "no_data",
        "a/b": "invalid_target",
        _NAMES[0]: "complete",
    }


def test_a_cadence_that_is_not_there(scrape: Scrape, server: ArchiveThread) -> None:
    """A star without short cadence has a row that says so."""
    arguments = ("--ids", _NAMES[0], "--cadence", "short", "--archive", server.base_url)
    assert scrape(*arguments) == 1
    assert scrape.row(_NAMES[0])["reason"] == "no_such_cadence"


def test_ten_thousand_repeated_lines(
    tmp_path: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """Repeated lines count once, and a number tells how many were dropped."""
    path = tmp_path / "list.txt"
    path.write_text(f"{_NAMES[0]}\n" * 10_001)
    place = Place(tmp_path)
    assert place.scrape("--target-list", str(path), "--archive", server.base_url) == 0
    assert "10000 rows dropped: 10000 repeated." in capsys.readouterr().out
    assert len(place.rows()) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_lists_from_windows(tmp_path: Path, server: ArchiveThread, encoding: str) -> None:
    """A byte-order mark and CRLF are not part of the names."""
    path = tmp_path / "list.csv"
    path.write_bytes("kepid,kepmag\r\n{},12\r\n{},13\r\n".format(*_KICS).encode(encoding))
    place = Place(tmp_path)
    assert place.scrape("--target-list", str(path), "--archive", server.base_url) == 0
    assert sorted(row["target_id"] for row in place.rows()) == sorted(_NAMES[:2])


def test_a_list_from_standard_input(
    scrape: Scrape, server: ArchiveThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` reads names from standard input, and `--targets` takes the first of them."""
    text = "\n".join(map(str, _KICS)).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    arguments = ("--target-list", "-", "--targets", "2", "--archive", server.base_url)
    assert scrape(*arguments) == 0
    assert sorted(scrape.outputs()) == [f"KIC_{kic}.fits" for kic in _KICS[:2]]


@pytest.mark.slow
def test_the_first_of_the_archive(tmp_path: Path, server: ArchiveThread) -> None:
    """Without a list the archive's first stars are taken, and the list is kept for --resume."""
    place = Place(tmp_path)
    assert place.scrape("--targets", "3", "--archive", server.base_url) == 0
    kept = (tmp_path / "results_targets.csv").read_text()
    assert kept.splitlines() == ['"target_id"', *(f'"{name}"' for name in _NAMES[:3])]
    before = place.outputs()
    assert place.scrape("--resume", "--archive", server.base_url) == 0
    assert place.outputs() == before


def test_odd_names_come_back_from_the_kept_list(tmp_path: Path, server: ArchiveThread) -> None:
    """A comma or a # stays part of its name when a run is resumed without a list."""
    listed = tmp_path / "list.csv"
    listed.write_text(f'target_id\n"Synthetic-1, the first"\n"Synthetic-2#b"\n{_NAMES[0]}\n')
    place = Place(tmp_path)
    assert place.scrape("--target-list", str(listed), "--archive", server.base_url) == 1
    before = place.rows()
    assert place.scrape("--resume", "--archive", server.base_url) == 1
    assert place.rows() == before


@pytest.mark.slow
def test_a_shorter_list_keeps_the_rows_of_others(scrape: Scrape, server: ArchiveThread) -> None:
    """Resuming with a shorter list keeps the rows of the other targets."""
    server.faults.script("missing", match=f"kplr{_KICS[0]:09d}*", times=1)
    names = ",".join(_NAMES[:3])
    scrape("--ids", names, "--archive", server.base_url)
    before = scrape.rows()
    scrape("--ids", _NAMES[2], "--archive", server.base_url, "--resume")
    assert len(scrape.rows()) == len(before) == 3


@pytest.mark.parametrize("change", [["--flux", "sap"], ["--quality", "0x10"]])
def test_outputs_of_another_recipe_are_not_resumed_over(
    tmp_path: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str], change: list[str]
) -> None:
    """Outputs of another recipe are refused even without checkpoint and results."""
    place = Place(tmp_path / "run")
    arguments = ["--ids", _NAMES[0], "--archive", server.base_url, "--quiet"]
    assert place.scrape(*arguments) == 0
    place.checkpoint.unlink()
    before = everything_below(place.root)
    assert place.scrape(*arguments, "--resume", *change) == 2
    assert "is of another run" in _one_line(capsys)
    assert everything_below(place.root) == before
    place.results.unlink()
    assert place.scrape(*arguments, "--resume", *change) == 2


def test_a_list_of_the_users_own_is_not_written_to(tmp_path: Path, server: ArchiveThread) -> None:
    """A list of the user's own is refused or left alone where the run keeps its list."""
    path = tmp_path / "results_targets.csv"
    path.write_text(f"# my stars\n{_NAMES[0]}\n{_NAMES[1]}\n")
    arguments = ("--target-list", str(path), "--targets", "1", "--archive", server.base_url)
    assert Place(tmp_path).scrape(*arguments) == 2
    assert Place(tmp_path).scrape(*arguments, "--resume") == 0
    assert path.read_text().startswith("# my stars")
    assert len(path.read_text().splitlines()) == 3


@pytest.mark.parametrize("left", ["results.csv", "checkpoints/scraper_checkpoint.json"])
def test_a_fresh_run_touches_nothing_of_another(
    tmp_path: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str], left: str
) -> None:
    """Another run's files are refused with the option to use, and stay unchanged."""
    content = b"target_id,success,\n" if left.endswith(".csv") else b'{\n  "format": 3,'
    (tmp_path / left).parent.mkdir(exist_ok=True)
    (tmp_path / left).write_bytes(content)
    status = Place(tmp_path).scrape("--ids", _NAMES[0], "--archive", server.base_url, "--quiet")
    assert status == 2
    assert "--resume" in _one_line(capsys)
    files = {name: content for name, (_, content) in everything_below(tmp_path).items()}
    assert {n: c for n, c in files.items() if not n.startswith("xenoscan-cache") and c} == {
        left: content
    }


@pytest.mark.slow
@pytest.mark.parametrize("mode", [(), ("--resume",)])
@pytest.mark.parametrize("left", ["results.log", "results_targets.csv", "results_selection.csv"])
def test_a_file_of_others_beside_the_results_stays(
    tmp_path: Path,
    server: ArchiveThread,
    capsys: pytest.CaptureFixture[str],
    left: str,
    mode: tuple[str, ...],
) -> None:
    """Notes with the name of the log, the target list or the selection are named and kept."""
    path = tmp_path / left
    path.write_text("my notes")
    chosen = ("--select", "any") if "selection" in left else ("--ids", _NAMES[0])
    words = (*chosen, *mode, "--targets", "1", "--archive", server.base_url, "--quiet")
    assert Place(tmp_path).scrape(*words) == 2
    assert re.search(f"{path} is not .* begins with b'my notes'. It stays", _one_line(capsys))
    assert [entry.name for entry in tmp_path.iterdir()] == [left]
    assert path.read_text() == "my notes"


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        ["--cadence", "short"],
        ["--flux", "sap"],
        ["--quality", "none"],
        ["--archive", "embedded"],
    ],
)
def test_resuming_another_run_touches_nothing(
    tmp_path: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str], change: list[str]
) -> None:
    """Another archive or recipe is refused with status 2."""
    place = Place(tmp_path / "run")
    arguments = ["--ids", _NAMES[0], "--archive", server.base_url, "--quiet"]
    assert place.scrape(*arguments) == 0
    before = everything_below(place.root)
    assert place.scrape(*arguments, "--resume", *change) == 2
    assert "resume with the same" in _one_line(capsys)
    assert everything_below(place.root) == before


@pytest.mark.parametrize("content", ["{", '{"format": 99}'])
def test_a_checkpoint_that_cannot_be_read(
    scrape: Scrape, server: ArchiveThread, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    """A damaged or newer checkpoint is one clear line."""
    scrape.checkpoint.parent.mkdir()
    scrape.checkpoint.write_text(content)
    arguments = ("--ids", _NAMES[0], "--archive", server.base_url, "--resume", "--quiet")
    assert scrape(*arguments) == 1
    assert "move it away" in _one_line(capsys)


def test_a_dry_run_writes_nothing(
    tmp_path: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dry run says what it would fetch and does not even make a folder."""
    place = Place(tmp_path / "run")
    before = server.log.files.copy()
    assert place.scrape("--targets", "5", "--dry-run", "--archive", server.base_url) == 0
    out = capsys.readouterr().out
    assert "5 stars with 5 files" in out
    assert "MB are free" in out
    assert not place.root.exists()
    assert server.log.files == before


def test_quiet_says_nothing(
    tmp_path: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """A quiet run that succeeds prints nothing and logs every target."""
    place = Place(tmp_path)
    assert place.scrape("--targets", "2", "--quiet", "--archive", server.base_url) == 0
    assert capsys.readouterr() == ("", "")
    log = (tmp_path / "results.log").read_text()
    assert all(f"{name}: complete" in log for name in _NAMES[:2])


def test_warnings_are_said_once(
    tmp_path: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """Six corrupt files in two passes are one line at the terminal and six in the log."""
    server.faults.script("flip", match="kplr*", times=6)
    place = Place(tmp_path)
    arguments = ("--targets", "3", "--retries", "0", "--quiet", "--archive", server.base_url)
    assert place.scrape(*arguments) == 1
    assert capsys.readouterr().err.count("WARNING") == 1
    assert (tmp_path / "results.log").read_text().count("WARNING") == 6


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The options --help and --version print and end with status 0."""
    with pytest.raises(SystemExit) as end:
        main([option])
    assert end.value.code == 0
    assert capsys.readouterr().out


@pytest.mark.slow
def test_help_loads_no_network_library() -> None:
    """The option --help loads no library that is slow to import."""
    code = (
        "import sys; sys.argv = ['x', '--help']\n"
        f"sys.path.insert(0, {str(PROGRAM.parents[1])!r})\n"
        "from scripts.xenoscan_scraper import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'aiohttp', 'numpy', 'astropy', 'lightkurve'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.returncode == 0


@pytest.mark.slow
def test_a_reader_that_goes_away(scrape: Scrape, server: ArchiveThread) -> None:
    """A run ends as it should when the reader of standard output goes away."""
    run = scrape.start("--targets", "2", "--archive", server.base_url)
    assert run.stdout is not None and run.stderr is not None
    run.stdout.close()
    err = run.stderr.read()
    run.stderr.close()
    wait_until(lambda: run.poll() is not None)
    assert (run.returncode, err) == (0, "")
    assert len(scrape.rows()) == 2


def test_hostile_names_are_one_row_each_and_stay_so(scrape: Scrape, server: ArchiveThread) -> None:
    """Hostile names are refused with a reason, in harmless cells that survive resuming."""
    names = ["=HYPERLINK(1)", "+1", "@SUM(A1)", "a#b", "Kepler-10#x", "'=1", "x\ty", "a\uff0fb"]
    archive = f"--archive={server.base_url}"
    assert scrape(archive, f"--ids={','.join(names)}") == 1
    rows = scrape.rows()
    assert len(rows) == len(names)
    assert {row["reason"] for row in rows} <= {"invalid_target", "unknown_name"}
    list_path = scrape.results.with_name("results_targets.csv")
    kept = list_path.read_text()
    for line in (*scrape.results.read_text().splitlines(), *kept.splitlines()):
        assert line.lstrip('"')[0] not in "=+-@\t"
    assert scrape(archive, "--resume") == 1
    assert scrape.rows() == rows
    assert list_path.read_text() == kept


def test_what_is_said_needs_no_utf_8(
    tmp_path: Path, server: ArchiveThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Characters that the terminal lacks are spelled out, and no control reaches it."""
    said = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", said)
    place = Place(tmp_path / "\u03b1\x1b[2J")
    assert place.scrape(f"--archive={server.base_url}", f"--ids={_HOLDINGS.star_keys()[0]}") == 0
    said.flush()
    text = said.buffer.getvalue().decode("ascii")
    assert r"\u03b1\x1b[2J" in text
    assert "\x1b" not in text
