"""One folder for a data set: what the first run leaves in it, and how later runs go on."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from preprocessing.cli.dataset_settings import recipe_options
from preprocessing.cli.main import main
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.missions.recipe import Recipe, make_recipe, parse_numbers
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.scraping import everything_below, wait_until

ROOT = Path(__file__).resolve().parents[2]
_HOLDINGS = SyntheticHoldings(4, n_quarters=1)
_NAMES = [f"KIC {kic}" for kic in _HOLDINGS.star_keys()]


@pytest.fixture(scope="module")
def server() -> Iterator[ArchiveThread]:
    """Serve stars of one quarter each."""
    with ArchiveThread(_HOLDINGS) as archive:
        yield archive


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory, server: ArchiveThread) -> Path:
    """Return a folder with the archive's files."""
    folder = tmp_path_factory.mktemp("mirror")
    words = ["--archive", server.base_url, "--targets", "4", "--keep-files", str(folder / "files")]
    assert main(["download", "--dataset", str(folder / "set"), *words, "--quiet"]) == 0
    return folder / "files"


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatasetFolder:
    """Return a data set's folder, which is not there yet, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    return DatasetFolder(Path("stars"))


def _rows(dataset: DatasetFolder) -> list[dict[str, str]]:
    with open(dataset.results, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.slow
def test_everything_is_in_one_folder(dataset: DatasetFolder, server: ArchiveThread) -> None:
    """Light curves, records and settings of a run are in the folder, and nothing is outside."""
    words = ["--archive", server.base_url, "--targets", "2", "--quiet"]
    assert main(["download", "--dataset", "stars", *words]) == 0
    assert [path.name for path in Path().iterdir() if path.name != "xenoscan-cache"] == ["stars"]
    assert {path.name for path in dataset.root.iterdir()} == {
        "lightcurves",
        "checkpoints",
        "download_results.csv",
        "download_results.log",
        "download_results_manifest.jsonl",
        "download_results_targets.csv",
        "report.html",
        "xenoscan.toml",
    }
    assert len(list(dataset.lightcurves.glob("*.fits"))) == 2
    assert main(["verify", "stars"]) == 0


@pytest.mark.slow
def test_resume_needs_nothing_else(dataset: DatasetFolder, server: ArchiveThread) -> None:
    """Archive, mission, cadence, flux and quality come from the folder's own settings."""
    words = ["--archive", server.base_url, "--ids", ",".join(_NAMES), "--flux", "sap"]
    limits = ["--quality", "hard", "--workers", "2", "--retries", "0"]
    assert main(["download", "--dataset", "stars", *words, *limits, "--quiet"]) == 0
    before = dataset.settings.read_bytes()
    assert b'archive = "http://127.0.0.1' in before
    assert b'flux = "sap"' in before and b'quality = "hard"' in before
    next(dataset.lightcurves.glob("*.fits")).unlink()
    assert main(["verify", "stars", "--repair"]) == 1
    assert main(["download", "--dataset", "stars", "--resume", "--quiet"]) == 0
    assert [row["reason"] for row in _rows(dataset)] == ["complete"] * 4
    assert dataset.settings.read_bytes() == before
    assert main(["verify", "stars"]) == 0


@pytest.mark.slow
def test_a_folder_as_archive_means_all_its_stars(
    dataset: DatasetFolder, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a list every star of the folder is taken; its path holds from everywhere."""
    relative = os.path.relpath(mirror)
    assert main(["download", "--dataset", "stars", "--archive", relative, "--quiet"]) == 0
    assert sorted(row["target_id"] for row in _rows(dataset)) == sorted(_NAMES)
    assert f'archive = "{mirror.resolve()}"' in dataset.settings.read_text()
    folder = dataset.root.resolve()
    monkeypatch.chdir("/")
    assert main(["download", "--dataset", str(folder), "--resume", "--quiet"]) == 0


def test_the_first_run_may_be_a_dry_one(dataset: DatasetFolder, mirror: Path) -> None:
    """A dry run makes no folder, and so leaves no settings behind."""
    assert main(["download", "--dataset", "stars", "--archive", str(mirror), "--dry-run"]) == 0
    assert not dataset.root.exists()


@pytest.mark.slow
def test_a_run_that_is_refused_leaves_no_settings(
    dataset: DatasetFolder, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """Settings are written once the run is known to be in no other's way."""
    words = ["download", "--dataset", "stars", "--targets", "1", "--quiet"]
    assert main([*words, "--archive", "http://127.0.0.1:9"]) == 1
    assert not dataset.settings.exists()
    assert main([*words, "--archive", server.base_url]) == 0
    before = everything_below(dataset.root)
    assert main([*words, "--archive", server.base_url]) == 2
    assert "--resume" in capsys.readouterr().err.splitlines()[-1]
    after = everything_below(dataset.root)
    assert {**after, "download_results.log": None} == {**before, "download_results.log": None}


def test_settings_of_the_users_own_are_kept(dataset: DatasetFolder, server: ArchiveThread) -> None:
    """A file that is there before the first run is read, and never written to."""
    dataset.root.mkdir()
    text = f"# mine\nworkers = 1\n[download]\narchive = '{server.base_url}'\nids = '{_NAMES[2]}'\n"
    dataset.settings.write_text(text)
    assert main(["download", "--dataset", "stars", "--quiet"]) == 0
    assert dataset.settings.read_text() == text
    assert [row["target_id"] for row in _rows(dataset)] == [_NAMES[2]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dataset", "stars", "--output", "x"], "leave out --output"),
        (["--dataset", "stars", "--results", "x.csv"], "leave out --results"),
        (["--dataset", "stars", "--checkpoint-dir", "x"], "leave out --checkpoint-dir"),
        (["--dataset", "stars", "--archive", "mast"], "say which targets"),
        (["--dataset", "stars", "--resume", "--archive", "."], "no run to resume"),
        (["--adopt", "."], "name its folder with --dataset DIR"),
        (["--adopt", ".", "--dataset", "stars", "--ids", "x"], "fetches nothing"),
        (["--adopt", ".", "--dataset", "stars", "--resume"], "fetches nothing"),
        (["--adopt", ".", "--dataset", "stars"], "name their folder with --output"),
    ],
)
def test_what_does_not_go_together(
    dataset: DatasetFolder, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is one clear line, status 2, and nothing is written."""
    Path("kplr000757076-2009131105131_llc.fits").touch()
    assert main(["download", *words]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    assert said in err
    assert not dataset.lightcurves.exists()


def test_inside_the_folder_it_has_to_be_named(
    dataset: DatasetFolder,
    mirror: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A run in a data set's folder must not mix its records with outputs elsewhere."""
    assert main(["download", "--dataset", "stars", "--archive", str(mirror), "--quiet"]) == 0
    monkeypatch.chdir(dataset.root)
    assert main(["download", "--resume"]) == 2
    assert "add --dataset . to go on" in capsys.readouterr().err
    assert main(["download", "--dataset", ".", "--resume", "--quiet"]) == 0


def test_repair_says_how_to_go_on(
    dataset: DatasetFolder, mirror: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command for what is missing names the folder, and does what it says."""
    assert main(["download", "--dataset", "stars", "--archive", str(mirror), "--quiet"]) == 0
    next(dataset.lightcurves.glob("*.fits")).unlink()
    assert main(["verify", "stars", "--repair"]) == 1
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.endswith("download --dataset stars --resume")
    assert main([*said.split()[-4:], "--quiet"]) == 0
    assert main(["verify", "stars"]) == 0
    assert main(["verify", "stars", "--results", "x.csv"]) == 2


@pytest.mark.slow
@pytest.mark.parametrize("is_script", [False, True])
def test_an_interrupted_run_says_how_to_go_on(
    dataset: DatasetFolder, tmp_path: Path, is_script: bool
) -> None:
    """Ctrl-C ends with a command that goes on, in the words in which the run was started."""
    archive = "embedded --stars 40 --quarters 4 --latency 0.2"
    program = ["scripts/xenoscan_scraper.py"] if is_script else ["-m", "preprocessing", "download"]
    if is_script:
        program = [str(ROOT / program[0])]
    words = ["--dataset", str(tmp_path / "my stars"), "--archive", archive, "--targets", "40"]
    run = subprocess.Popen(
        [sys.executable, *program, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    results = tmp_path / "my stars" / "download_results.csv"
    wait_until(lambda: results.exists() and results.read_text().count("\n") > 2)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130
    # The report of what is done comes last, and can be skipped.
    hint, skip = err.splitlines()[-2:]
    assert skip.endswith("another Ctrl-C skips the report of what is done")
    called = f"python {program[0]}" if is_script else "python -m preprocessing download"
    assert hint == f"Interrupted. To go on: {called} --dataset '{tmp_path / 'my stars'}' --resume"


@pytest.mark.parametrize(
    "recipe",
    [
        make_recipe(),
        make_recipe("Kepler", "short", "sap", "hardest", sequence_numbers=(1, 3, 4, 5)),
        make_recipe("K2", sequence_numbers=(9, 10)),
        make_recipe("K2", author="K2SFF", quality="none"),
        make_recipe("TESS", author="any"),
        make_recipe("TESS", "long", author="any", quality="hard"),
        make_recipe("TESS", "fast", quality=0x21, sequence_numbers=range(1, 14)),
        make_recipe("TESS", author="QLP", quality="hardest"),
    ],
)
def test_settings_ask_for_the_same_recipe(recipe: Recipe) -> None:
    """What the settings say of the light curves is what later runs ask for."""
    options = recipe_options(recipe)
    numbers = options[f"{recipe.mission.sequence}s"]
    assert recipe == make_recipe(
        str(options["mission"]),
        options["cadence"],
        options["flux"],
        str(options["quality"]),
        options["author"],
        parse_numbers(numbers) if numbers else (),
    )
