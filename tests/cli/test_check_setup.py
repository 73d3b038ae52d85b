"""The set-up is checked by five stars, and the report says what passes and what fails."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from astropy.io import fits

from preprocessing.acquire.archives import open_archive
from preprocessing.acquire.records.results import read_outcomes
from preprocessing.acquire.runs.summary import RunSummary, Tally
from preprocessing.cli.setup_check import (
    MAST_STARS,
    MEMORY_BUDGET_BYTES,
    CheckReport,
    CheckStar,
    check_setup,
    choose_stars,
    describe_check,
    find_problems,
    output_problem,
)
from preprocessing.core.errors import RunConflict, RunError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.missions import LONG
from preprocessing.simulator.faults.plan import FaultPlan
from preprocessing.simulator.mirror import MirrorHoldings
from preprocessing.simulator.server import ArchiveSimulator, ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.scraping import StartArchive

_SCRIPT = Path(__file__).parents[2] / "scripts/test_conservative.py"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[CheckReport, Path]:
    """Run the check on the embedded archive once, and return what it found, and where."""
    folder = tmp_path_factory.mktemp("checked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XENOSCAN_CACHE_DIR", str(folder / "cache"))
        return check_setup("embedded", folder / "out"), folder / "out"


@pytest.mark.slow
def test_a_sound_setup_passes_on_the_embedded_archive(checked: tuple[CheckReport, Path]) -> None:
    """Four stars are complete, and the fifth lacks exactly the damaged quarter."""
    report, folder = checked
    assert report.problems == ()
    assert len(report.outcomes) == 5
    *sound, damaged = (report.outcomes[star.target] for star in report.stars)
    assert {outcome.reason for outcome in sound} == {Reason.COMPLETE}
    assert damaged.reason is Reason.PARTIAL
    assert damaged.quarters_failed == 1
    assert damaged.error.startswith(f"{report.stars[-1].damaged} corrupt: the checksum of HDU")
    # It was asked for again before it was given up.
    assert damaged.retries == 1
    assert {o.target_id for o in read_outcomes(folder / "download_results.csv")} == set(
        report.outcomes
    )


@pytest.mark.slow
def test_the_embedded_stars_are_as_different_as_is_said(checked: tuple[CheckReport, Path]) -> None:
    """The outputs show many quarters, one quarter, gaps and module 3 as described."""
    report, _ = checked
    many, one, gaps, module_3, _ = (_quarters(report.outcomes[s.target]) for s in report.stars)
    assert len(many) >= 17
    assert len(one) == 1
    assert len(range(min(gaps), max(gaps) + 1)) > len(gaps)
    assert not module_3 & {8, 12, 16}
    assert {star.target for star in report.stars} == set(report.outcomes)


def test_a_passed_check_says_what_it_measured(checked: tuple[CheckReport, Path]) -> None:
    """The report names success rate, memory, time-outs and every stage of the bottleneck."""
    *lines, verdict = describe_check(checked[0])
    text = "\n".join(lines)
    assert "5 of 5" in text and "100%" in text
    assert "budget of 4000 MB" in text
    assert "Time-outs:  0 quarters" in text
    for stage in ("search", "wait", "receive", "verify", "read", "stitch", "write"):
        assert f"{stage} " in text
    assert verdict.startswith("PASSED")
    assert "Problem" not in text


def test_a_damage_that_goes_unnoticed_fails(checked: tuple[CheckReport, Path]) -> None:
    """A complete fifth star fails the check, because its damaged file was accepted."""
    star, outcomes, summary = _last(checked[0])
    outcomes[star.target] = replace(outcomes[star.target], reason=Reason.COMPLETE, error="")
    (problem,) = find_problems(checked[0].stars, outcomes, summary)
    assert star.target in problem and "is complete, and should be partial" in problem


@pytest.mark.parametrize("error", ["Q1 corrupt", "{} timeout", "{0} corrupt; Q17 corrupt"])
def test_any_other_failure_of_the_damaged_star_fails(
    checked: tuple[CheckReport, Path], error: str
) -> None:
    """Only the damaged quarter may have failed, and for the right reason."""
    star, outcomes, summary = _last(checked[0])
    outcomes[star.target] = replace(outcomes[star.target], error=error.format(star.damaged))
    assert len(list(find_problems(checked[0].stars, outcomes, summary))) == 1


def test_an_incomplete_sound_star_fails(checked: tuple[CheckReport, Path]) -> None:
    """A lost quarter of another star is named, and its time-outs are counted."""
    report = checked[0]
    star = report.stars[0]
    lost = replace(
        report.outcomes[star.target], reason=Reason.PARTIAL, error="Q3 timeout; Q4 timeout"
    )
    outcomes = {**report.outcomes, star.target: lost}
    problems = tuple(find_problems(report.stars, outcomes, report.summary))
    assert len(problems) == 1 and "Q3 timeout" in problems[0]
    failed = replace(report, outcomes=outcomes, problems=problems)
    assert failed.n_timeouts == 2
    lines = list(describe_check(failed))
    assert lines[-1] == "FAILED: 1 problem, see above."
    assert any(line.startswith("Problem:") and "Q3 timeout" in line for line in lines)


@pytest.mark.slow
def test_memory_over_the_budget_fails(checked: tuple[CheckReport, Path]) -> None:
    """One byte above the memory budget is a problem, and the budget itself is not."""
    report = checked[0]
    at = replace(report.summary, peak_rss_bytes=MEMORY_BUDGET_BYTES)
    over = replace(report.summary, peak_rss_bytes=MEMORY_BUDGET_BYTES + 1)
    assert not list(find_problems(report.stars, report.outcomes, at))
    assert ["memory" in p for p in find_problems(report.stars, report.outcomes, over)] == [True]


def test_every_output_is_sound_and_a_damaged_one_is_a_problem(
    checked: tuple[CheckReport, Path], tmp_path: Path
) -> None:
    """An output that was changed after it was written fails the check."""
    report = checked[0]
    outcome = report.outcomes[report.stars[1].target]
    damaged = tmp_path / "damaged.fits"
    damaged.write_bytes(_flipped(Path(outcome.filepath).read_bytes(), 40_000))
    outcomes = {**report.outcomes, outcome.target_id: replace(outcome, filepath=str(damaged))}
    (problem,) = find_problems(report.stars, outcomes, report.summary)
    assert "damaged.fits" in problem


@pytest.mark.parametrize("place", [900, 12_000, 40_000, -2800])
def test_a_flipped_bit_anywhere_in_an_output_is_found(
    checked: tuple[CheckReport, Path], tmp_path: Path, place: int
) -> None:
    """Headers, rows and the table of quarters are all under a checksum."""
    outcome = checked[0].outcomes[checked[0].stars[1].target]
    content = Path(outcome.filepath).read_bytes()
    path = tmp_path / "out.fits"
    path.write_bytes(content)
    assert output_problem(path, outcome.n_points) == ""
    path.write_bytes(_flipped(content, place))
    assert output_problem(path, outcome.n_points).startswith("out.fits cannot be read")


def test_a_short_or_missing_or_foreign_output_is_found(
    checked: tuple[CheckReport, Path], tmp_path: Path
) -> None:
    """A truncated, missing, empty or foreign output is found."""
    outcome = checked[0].outcomes[checked[0].stars[1].target]
    content = Path(outcome.filepath).read_bytes()
    path = tmp_path / "out.fits"
    assert output_problem(path, 1) != ""
    path.write_bytes(content[: len(content) // 2])
    assert "cannot be read" in output_problem(path, outcome.n_points)
    path.write_bytes(b"")
    assert "cannot be read" in output_problem(path, outcome.n_points)
    path.write_bytes(content)
    assert f"has {outcome.n_points} rows" in output_problem(path, outcome.n_points + 1)
    with fits.open(outcome.filepath, memmap=False) as hdus:
        hdus.writeto(path, overwrite=True, checksum="remove")
    assert "no checksum" in output_problem(path, outcome.n_points)
    fits.HDUList([fits.PrimaryHDU()]).writeto(path, overwrite=True, checksum=True)
    assert "cannot be read" in output_problem(path, outcome.n_points)


def test_an_output_without_rows_is_a_problem(tmp_path: Path) -> None:
    """No rows are a problem even where the record agrees."""
    table = fits.BinTableHDU.from_columns([fits.Column("TIME", "D", array=[])], name="LIGHTCURVE")
    path = tmp_path / "empty.fits"
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(path, checksum=True)
    assert "has 0 rows" in output_problem(path, 0)


@pytest.mark.slow
async def test_five_different_stars_are_chosen_of_a_server() -> None:
    """The check takes one star of each sort from an archive that has them all."""
    async with (
        ArchiveSimulator(SyntheticHoldings(400)) as server,
        open_archive(server.base_url, 2) as archive,
    ):
        stars = await choose_stars(archive)
    holdings = SyntheticHoldings(400)
    quarters = {
        star.role: [p for p in holdings.star(int(star.target[4:])).products if p.cadence == LONG]
        for star in stars
    }
    assert len({star.target for star in stars}) == 5
    assert list(quarters) == [
        "many quarters",
        "one quarter",
        "on module 3",
        "gaps",
        "another star",
    ]
    assert len(quarters["many quarters"]) == 18
    assert len(quarters["one quarter"]) == 1
    assert any(p.stamp == "2010009091648" for p in quarters["on module 3"])
    gaps = [p.sequence_number for p in quarters["gaps"]]
    assert max(gaps) - min(gaps) + 1 > len(gaps)
    assert all(star.expected_reason is Reason.COMPLETE for star in stars)


async def test_as_many_stars_are_chosen_as_there_are() -> None:
    """Three similar stars are accepted, and not described as different."""
    async with (
        ArchiveSimulator(SyntheticHoldings(3, n_quarters=2)) as server,
        open_archive(server.base_url, 2) as archive,
    ):
        stars = await choose_stars(archive)
    assert [star.role for star in stars] == ["many quarters", "another star", "another star"]


async def test_an_archive_that_fails_is_said() -> None:
    """A maintenance page instead of an answer ends the check."""
    faults = FaultPlan()
    faults.script("html-200", match="Mast*", times=None)
    async with (
        ArchiveSimulator(SyntheticHoldings(3), faults=faults) as server,
        open_archive(server.base_url, 2) as archive,
    ):
        with pytest.raises(RunError, match="cannot be searched"):
            await choose_stars(archive, sleep=_no_time)


async def test_a_search_that_fails_once_is_tried_again() -> None:
    """A portal that is busy for a moment does not fail the check."""
    faults = FaultPlan()
    faults.script("status-503", match="Mast*", times=2)
    async with (
        ArchiveSimulator(SyntheticHoldings(3), faults=faults) as server,
        open_archive(server.base_url, 2) as archive,
    ):
        assert len(await choose_stars(archive, sleep=_no_time)) == 3


@pytest.mark.slow
def test_a_server_of_ones_own_is_checked(archive: StartArchive, tmp_path: Path) -> None:
    """An archive given by its address is checked without a damaged file."""
    server = archive(SyntheticHoldings(40, n_quarters=2))
    report = check_setup(server.base_url, tmp_path)
    assert report.problems == ()
    assert [outcome.quarters_used for outcome in report.outcomes.values()] == [2] * 5


@pytest.mark.slow
def test_a_directory_is_checked(real_files: Path, tmp_path: Path) -> None:
    """Real mission files come out complete."""
    seen: list[str] = []
    report = check_setup(
        str(real_files), tmp_path, on_start=lambda stars: seen.extend(s.target for s in stars)
    )
    assert report.problems == ()
    assert set(seen) == set(report.outcomes)
    assert len(seen) == 5


def test_the_real_stars_are_what_is_said_of_them(real_files: Path) -> None:
    """The real stars have 18 quarters, gaps and the file of module 3, as described."""
    holdings = MirrorHoldings(real_files)
    roles = {star.role: int(star.target[4:]) for star in MAST_STARS}
    assert len(roles) == 5

    def products(role: str) -> list[tuple[int, str]]:
        files = holdings.star(roles[role]).products
        return [(p.sequence_number, p.stamp) for p in files if p.cadence == LONG]

    assert [q for q, _ in products("all 18 quarters")] == list(range(18))
    assert len(products("9 quarters with long gaps")) == 9
    assert (4, "2010009091648") in products("Kepler-90, on module 3")


@pytest.mark.slow
def test_nothing_of_an_earlier_check_is_overwritten(checked: tuple[CheckReport, Path]) -> None:
    """A second check into the same folder is refused."""
    _, folder = checked
    before = (folder / "download_results.csv").read_bytes()
    with pytest.raises(RunConflict):
        check_setup("embedded", folder)
    assert (folder / "download_results.csv").read_bytes() == before


@pytest.mark.slow
def test_the_script_passes_from_any_folder(tmp_path: Path) -> None:
    """On the embedded archive the last line is PASSED and the status 0."""
    run = subprocess.run(
        [sys.executable, _SCRIPT, "--output", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1].startswith("PASSED")
    assert "Traceback" not in run.stderr
    assert len(list((tmp_path / "out").glob("KIC_*.fits"))) == 5
    assert "checksum of HDU" in (tmp_path / "out/download_results.log").read_text()


@pytest.mark.slow
def test_the_script_names_the_folder_that_it_makes(
    archive: StartArchive,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without --output the script makes a folder, names it and keeps it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server = archive(SyntheticHoldings(5, n_quarters=1))
    assert _script().main(["--archive", server.base_url]) == 0
    (folder,) = (path for path in tmp_path.iterdir() if path.name.startswith("xenoscan-check-"))
    assert str(folder) in capsys.readouterr().out
    assert len(list(folder.glob("*.fits"))) == 5


@pytest.mark.slow
def test_the_script_fails_where_the_archive_is_out_of_reach(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unreachable server is FAILED in one line, with status 1."""
    with ArchiveThread(SyntheticHoldings(1)) as server:
        gone = server.base_url
    assert _script().main(["--archive", gone, "--output", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("FAILED: the archive")


@pytest.mark.slow
def test_the_script_fails_where_a_star_comes_out_incomplete(
    archive: StartArchive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A star without progress is FAILED, with its name and reason."""
    faults, holdings = FaultPlan(), SyntheticHoldings(5, n_quarters=1)
    (product,) = holdings.star(holdings.star_keys()[2]).products
    faults.script("stall", match=product.file_name, times=None)
    server = archive(holdings, faults=faults)
    arguments = ["--archive", server.base_url, "--output", str(tmp_path), "--timeout", "0.5"]
    assert _script().main(arguments) == 1
    out = capsys.readouterr().out
    assert "Time-outs:  1 quarters" in out
    assert "is timeout" in out
    assert out.splitlines()[-1].startswith("FAILED")


@pytest.mark.parametrize(
    "arguments",
    [["--archive", "/no/such/place"], ["--timeout", "0"], ["--output", __file__]],
    ids=["archive", "timeout", "output"],
)
def test_bad_usage_is_one_line_and_status_2(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown archive, no time, or a file for a folder is refused in one line."""
    where = [] if "--output" in arguments else ["--output", str(tmp_path)]
    assert _script().main([*arguments, *where]) == 2
    error = capsys.readouterr().err
    assert error.startswith("test_conservative.py: ") and error.count("\n") == 1


@pytest.mark.slow
def test_pytest_finds_no_test_in_the_scripts() -> None:
    """Nothing in the script is a test, although its name begins with test_."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", _SCRIPT],
        cwd=_SCRIPT.parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, run.stdout


def test_what_is_expected_of_a_star_follows_from_its_damage() -> None:
    """A damaged quarter makes a partial star, none a complete one."""
    assert CheckStar("KIC 1", "x").expected_reason is Reason.COMPLETE
    assert CheckStar("KIC 1", "x", "Q4").expected_reason is Reason.PARTIAL
    assert CheckStar("KIC 1", "x", "Q4").expected_error == "Q4 corrupt"


def test_a_check_of_nothing_is_described() -> None:
    """A report without stars has no division by zero in it."""
    summary = RunSummary(Tally(0, 0), 0.0, 0.0, 0, 0.0, {}, 2, False, {})
    assert next(describe_check(CheckReport((), {}, summary, ()))).startswith("Success:")


async def _no_time(seconds: float) -> None:
    pass


def _quarters(outcome: TargetOutcome) -> set[int]:
    with fits.open(outcome.filepath, memmap=False) as hdus:
        return {int(quarter) for quarter in hdus["QUARTERS"].data["QUARTER"]}


def _last(report: CheckReport) -> tuple[CheckStar, dict[str, TargetOutcome], RunSummary]:
    return report.stars[-1], dict(report.outcomes), report.summary


def _flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("test_conservative_script", _SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
