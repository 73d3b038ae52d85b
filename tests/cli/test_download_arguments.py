"""The options of a command line become settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from preprocessing.cli.call import Call
from preprocessing.cli.commands import COMMANDS
from preprocessing.cli.download_arguments import Arguments, checked
from preprocessing.core.errors import UsageError
from preprocessing.missions import MISSIONS


def parse_args(words: Sequence[str]) -> Arguments:
    given = COMMANDS["download"].parser("xenoscan download").read(words)
    return checked(given, Call("xenoscan download", tuple(words), ("xenoscan",), ("xenoscan",)))


def test_defaults_of_the_embedded_archive() -> None:
    """Synthetic stars are stored below data/embedded unless told otherwise."""
    ours = parse_args(["--targets", "1", "--archive", "embedded"])
    base = Path("data/embedded")
    assert (ours.output_dir, ours.results_path, ours.checkpoint_dir) == (
        base / "raw",
        base / "download_results.csv",
        base / "checkpoints",
    )
    theirs = parse_args(["--targets", "1"])
    assert (theirs.output_dir, theirs.results_path) == (
        Path("data/raw"),
        Path("download_results.csv"),
    )


@pytest.mark.parametrize(
    ("mission", "option", "name"),
    [
        ("Kepler", "--quarters", "KIC 757076"),
        ("k2", "--campaigns", "EPIC 757076"),
        ("TESS", "--sectors", "TIC 757076"),
    ],
)
def test_each_mission_has_its_own_numbers(mission: str, option: str, name: str) -> None:
    """A bare number belongs to the mission's catalog, and each mission has its own words."""
    given = parse_args(["--mission", mission, "--ids", "757076", option, "3-5,1"])
    assert given.targets is not None
    assert [target.name for target in given.targets.targets] == [name]
    assert given.recipe.sequence_numbers == "1,3-5"


def test_two_missions_with_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two missions that count by sectors share the option, and each takes it as its own."""
    monkeypatch.setitem(MISSIONS, "Vega", replace(MISSIONS["TESS"], name="Vega"))
    assert "sectors of TESS or Vega, as in" in " ".join(
        COMMANDS["download"].parser("xenoscan download").format_help().split()
    )
    for mission in ("TESS", "Vega"):
        given = parse_args(["--mission", mission, "--targets", "1", "--sectors", "2"])
        assert given.recipe.sequence_numbers == "2"
    with pytest.raises(UsageError, match="--sectors are of TESS, not of K2"):
        parse_args(["--mission", "K2", "--targets", "1", "--sectors", "2"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--sectors 1", "--sectors are of TESS, not of Kepler"),
        ("--mission K2 --quarters 1", "--quarters are of Kepler, not of K2"),
        ("--mission Gaia --sectors 1", "unknown mission 'Gaia'"),
        ("--mission TESS --author K2SFF", "unknown author 'K2SFF' of TESS"),
        ("--mission TESS --cadence long", "SPOC has no light curves of long cadence"),
    ],
)
def test_what_does_not_go_together(words: str, message: str) -> None:
    """Options that exclude each other are refused in one line."""
    with pytest.raises(UsageError, match=message):
        parse_args(["--targets", "1", *words.split()])


def test_other_sources_are_a_list() -> None:
    """Commas separate the other sources, and blanks around them are ignored."""
    given = parse_args(["--targets", "1", "--archive", "s3", "--fallback", "stsci, mast"])
    assert (given.archive, given.fallback) == ("s3", ("stsci", "mast"))
