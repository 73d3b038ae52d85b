"""A list is echoed before work begins, and what cannot be had is named, in a dry run and after."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from preprocessing.missions.star_keys import mission_of_key
from preprocessing.missions.targets import star_key
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.scraping import Place, Scrape, everything_below

_HOLDINGS = SyntheticHoldings(4, n_quarters=3, tess_stars=40)
_KEPLER = [key for key in _HOLDINGS.star_keys() if mission_of_key(key)[0].name == "Kepler"]
_NAMES = [f"KIC {mission_of_key(key)[1]}" for key in _KEPLER]
_QLP_ONLY = mission_of_key(_HOLDINGS.examples()["qlp_only"])[1]


@pytest.fixture(scope="module")
def server() -> Iterator[ArchiveThread]:
    """Serve stars of Kepler and TESS."""
    with ArchiveThread(_HOLDINGS) as archive:
        yield archive


def _files(n_star: int) -> list[str]:
    return [product.file_name for product in _HOLDINGS.star(_KEPLER[n_star]).products]


@pytest.mark.slow
def test_a_list_is_echoed(
    scrape: Scrape, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stars, column and dropped rows are said first, in the terminal and in the log."""
    path = scrape.root / "stars.tsv"
    path.write_text(f"KIC ID\tmag\n{_NAMES[0]}\t12\n{_NAMES[0][4:]}.0\t12\nNA\t13\n")
    assert scrape("--target-list", str(path), "--archive", server.base_url) == 0
    said = (
        f"{path}: 1 target, column 'KIC ID' of a table divided by tabs.",
        "2 rows dropped: 1 empty, 1 repeated.",
    )
    assert capsys.readouterr().out.splitlines()[:2] == list(said)
    log = (scrape.root / "results.log").read_text()
    assert all(line in log for line in said)


@pytest.mark.slow
def test_a_dry_run_names_what_cannot_be_had(
    tmp_path: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each target without light curves is named, and is in a table; the status is 1."""
    place = Place(tmp_path)
    ids = f"{_NAMES[0]},Nobody-1,KIC 757076,162494287,1.62494E+08"
    assert place.scrape("--ids", ids, "--archive", server.base_url, "--dry-run") == 1
    out = capsys.readouterr().out
    with open(tmp_path / "results_dry_run.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["target_id"]: row["reason"] for row in rows} == {
        "Nobody-1": "unknown_name",
        "KIC 757076": "no_data",
        "KIC 162494287": "no_data",
        "1.62494E+08": "invalid_target",
    }
    assert all(f"{row['target_id']}: {row['error']}" in out for row in rows)
    errors = {row["target_id"]: row["error"] for row in rows}
    assert errors["KIC 162494287"].endswith("this looks like a TIC number: add --mission TESS")
    assert "only 6 of the number's 9 digits" in errors["1.62494E+08"]
    assert not place.results.exists() and not place.raw.exists()
    # The run that follows is not in its own way.
    assert place.scrape("--ids", _NAMES[0], "--archive", server.base_url) == 0
    assert place.scrape("--ids", _NAMES[0], "--archive", server.base_url, "--dry-run") == 0
    assert (tmp_path / "results_dry_run.csv").read_text() == "target_id,reason,error\n"


@pytest.mark.slow
def test_a_star_that_only_another_author_has(
    scrape: Scrape, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record and the dry run name the author who has the star."""
    arguments = ("--mission=TESS", f"--ids={_QLP_ONLY}", f"--archive={server.base_url}")
    said = "only QLP has it: --author QLP"
    assert scrape(*arguments, "--dry-run") == 1
    assert said in capsys.readouterr().out
    assert scrape(*arguments) == 1
    assert scrape.row(f"TIC {_QLP_ONLY}")["error"].endswith(said)


@pytest.mark.slow
def test_a_directory_with_files_of_another_author(scrape: Scrape) -> None:
    """A directory's answer names the other author, too, although it is final at once."""
    folder = scrape.root / "mirror"
    folder.mkdir()
    for product in _HOLDINGS.star(star_key("TIC", _QLP_ONLY)).products:
        (folder / product.file_name).write_bytes(_HOLDINGS.body(product))
    assert scrape("--mission=TESS", f"--ids={_QLP_ONLY}", f"--archive={folder}") == 1
    row = scrape.row(f"TIC {_QLP_ONLY}")
    assert row["reason"] == "no_data"
    assert row["error"].endswith("only QLP has it: --author QLP")


def test_another_missions_list(
    scrape: Scrape, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list of another mission's numbers says which mission to add."""
    path = scrape.root / "toi.csv"
    path.write_text(f"TIC ID,TOI\n{_QLP_ONLY},1\n")
    scrape("--target-list", str(path), "--archive", server.base_url, "--dry-run")
    said = capsys.readouterr()
    assert "this looks like a TIC list: add --mission TESS" in said.err
    assert f"no light curve of TIC {_QLP_ONLY}: add --mission TESS" in said.out


def test_a_wrong_file_costs_no_request(
    scrape: Scrape, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no list is refused with status 2 before anything is asked or written."""
    path = scrape.root / "notes.txt"
    path.write_text("Dear colleague here are\nthe stars that we discussed in {braces}\n")
    before = everything_below(scrape.root)
    asked = server.log.requests.copy()
    assert scrape("--target-list", str(path), "--archive", server.base_url) == 2
    assert "is no list of stars: 2 of 2" in capsys.readouterr().err
    assert server.log.requests == asked
    assert everything_below(scrape.root) == before


@pytest.mark.slow
def test_exactly_the_files_of_a_script(
    tmp_path: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --exact only the files that a script names are fetched, also by a run that resumes."""
    first, second = _files(0), _files(1)
    wanted = [first[0], first[2], second[1]]
    path = tmp_path / "get.sh"
    lines = (f"curl -o {name} https://host/x/{name}\n" for name in wanted)
    path.write_text("#!/bin/sh\n" + "".join(lines))
    place = Place(tmp_path)
    arguments = ("--target-list", str(path), "--exact", "--archive", server.base_url)
    before = server.log.files.copy()
    server.faults.script("flip", match=second[1], times=2)
    assert place.scrape(*arguments, "--retries", "0") == 1
    assert place.row(_NAMES[0])["quarters_used"] == "2"
    assert place.row(_NAMES[1])["reason"] != "complete"
    assert place.scrape("--resume", "--archive", server.base_url) == 0
    assert place.row(_NAMES[1])["quarters_used"] == "1"
    fetched = {name.rpartition("/")[2] for name in server.log.files - before}
    assert {name for name in fetched if name in {*first, *second}} == set(wanted)


@pytest.mark.slow
def test_stars_whose_files_are_of_another_author(scrape: Scrape, server: ArchiveThread) -> None:
    """With --exact a star of which the list names other files has a reason, and none is fetched."""
    name = _HOLDINGS.star(_KEPLER[2]).products[0].file_name
    other = _HOLDINGS.star(star_key("TIC", _QLP_ONLY)).products[0].file_name
    path = scrape.root / "files.txt"
    path.write_text(f"{name}\n{other}\n")
    before = server.log.files.copy()
    arguments = ("--target-list", str(path), "--exact", "--archive", server.base_url)
    assert scrape(*arguments, "--mission", "TESS", "--author", "TESS-SPOC") == 2
    assert scrape(*arguments, "--mission", "TESS", "--author", "QLP") == 1
    assert scrape.row(f"TIC {_QLP_ONLY}")["reason"] in ("complete", "partial")
    assert {file.rpartition("/")[2] for file in server.log.files - before} == {other}


@pytest.mark.parametrize("option", [("--exact",), ("--id-column", "x")])
def test_options_of_lists_need_one(
    scrape: Scrape, capsys: pytest.CaptureFixture[str], option: tuple[str, ...]
) -> None:
    """The options --exact and --id-column without a list are refused."""
    assert scrape("--ids", "KIC 1", *option) == 2
    assert f"{option[0]} goes with --target-list" in capsys.readouterr().err
