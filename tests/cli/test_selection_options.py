"""The command line has options for choosing stars."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from preprocessing.catalog.selection import SelectionRequest
from preprocessing.cli.selection_options import add_options, request_of
from preprocessing.core.errors import UsageError


def _request(
    *words: str, targets: int | None = 5, ids: str | None = None
) -> SelectionRequest | None:
    parser = argparse.ArgumentParser()
    add_options(parser.add_argument_group())
    given = parser.parse_args(words)
    given.targets, given.ids, given.target_list = targets, ids, None
    return request_of(given)


def test_what_is_understood(tmp_path: Path) -> None:
    """A strategy, a condition alone and a mix are understood."""
    assert _request() is None
    assert _request("--select", "quietest") == SelectionRequest("quietest", 5)
    assert _request("--where", "teff > 6000") == SelectionRequest("any", 5, where="teff > 6000")
    assert _request("--select", "random", "--seed", "7", "--catalog", "a.parquet") == (
        SelectionRequest("random", 5, seed=7, catalog=Path("a.parquet"))
    )
    mix = tmp_path / "mix.csv"
    mix.write_text("share,strategy\n1,any\n2,random\n")
    request = _request("--select", "mix", str(mix), "--seed", "3")
    assert request is not None
    assert request.text == "mix 1,any, 2,random, --targets 5 --seed 3"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--select", "darkest"], "unknown strategy 'darkest'"),
        (["--select", "mix"], "takes one file"),
        (["--select", "mix", "missing.csv"], "cannot read the mix"),
        (["--select", "random", "quietest"], "takes one strategy"),
        (["--select", "quietest", "--seed", "3"], "--seed goes with"),
        (["--seed", "3"], "--seed goes with"),
        (["--catalog", "a.parquet"], "--catalog goes with"),
    ],
)
def test_what_is_refused(words: list[str], complaint: str) -> None:
    """One line says which options go together."""
    with pytest.raises(UsageError, match=complaint):
        _request(*words)


def test_stars_are_named_or_chosen() -> None:
    """Stars may be named or chosen, but not both."""
    with pytest.raises(UsageError, match="not both"):
        _request("--select", "quietest", ids="Kepler-10")
