"""Targets are taken as programs hand them over."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from astropy.table import Column, MaskedColumn, Table

from preprocessing.core.errors import UsageError
from preprocessing.missions.target_names import target_names


@pytest.mark.parametrize(
    "targets",
    [
        [757076, 8644288],
        ["757076", "8644288"],
        (n for n in (757076, 8644288)),
        np.array([757076, 8644288]),
        np.array([757076, 8644288], dtype=">i4"),
        np.array([757076, 8644288], dtype=np.uint64),
        np.array([757076.0, 8644288.0]),
        np.array(["757076", "8644288"]),
        np.array([b"757076", b"8644288"]),
        np.array([757076, "8644288"], dtype=object),
        Column([757076, 8644288], name="kepid"),
        Column([b"757076", b"8644288"]),
        MaskedColumn([757076, 8644288]),
        MaskedColumn([757076, 1, 8644288], mask=[False, True, False]),
        MaskedColumn(["757076", "1", "8644288"], mask=[False, True, False]),
        np.ma.array([757076, 8644288]),
        range(757076, 8644289, 7887212),
        [757076.0, np.float32(8644288)],
        {757076: None, 8644288: None}.keys(),
    ],
)
def test_lists_of_every_kind(targets: Any) -> None:
    """Lists, arrays and columns of numbers or text give the same names in their order."""
    assert target_names(targets) == ["757076", "8644288"]


@pytest.mark.parametrize(
    "target",
    [
        *(757076, "757076", b"757076", np.int64(757076), np.str_("757076"), 757076.0),
        *(np.array(757076), np.float64(757076)),
    ],
)
def test_one_target_needs_no_list(target: Any) -> None:
    """A bare name or number is one target."""
    assert target_names(target) == ["757076"]


def test_an_array_of_one_number_is_a_list() -> None:
    """An array of one integer is not taken for that integer, though Python could."""
    assert target_names(np.array([757076])) == ["757076"]


@pytest.mark.parametrize("targets", [[], (), np.array([]), Column([])])
def test_an_empty_list_has_no_names(targets: Any) -> None:
    """Whether there must be targets is for others to say."""
    assert target_names(targets) == []


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (None, "the targets are None"),
        (Table({"kepid": [757076]}), "hand over one column"),
        (SimpleNamespace(columns=["kepid"]), "hand over one column"),
        (np.array([(1, 2)], dtype=[("kepid", int), ("x", int)]), "hand over one column"),
        ({"kepid": [1]}, "the targets are a dict"),
        (np.zeros((2, 2), int), "2 dimensions"),
        ([757076, None], "target 1 is None"),
        ([["KIC 1"]], "target 0 is a list"),
        ([np.array([1])], "target 0 is a ndarray"),
        ([757076.5], "target 0 is 757076.5"),
        ([1.0, float("nan")], "target 1 is nan"),
        ([float("inf")], "target 0 is inf"),
        ([1e300], "no star's number"),
        ([True], "target 0 is a bool"),
        (True, "the target is a bool"),
        (float("nan"), "the target is nan"),
        (Path("targets.csv"), "the targets are a PosixPath"),
        (3j, "the targets are a complex"),
    ],
)
def test_what_is_no_list_of_targets_is_refused(targets: Any, words: str) -> None:
    """The error says what was found, and which entry it is."""
    with pytest.raises(UsageError, match=words):
        target_names(targets)


def test_masked_entries_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """How many entries of a column were left out is in the log."""
    with caplog.at_level(logging.WARNING):
        assert target_names(MaskedColumn([1, 2, 3], mask=[True, False, True])) == ["2"]
    assert "2 targets are masked and left out" in caplog.text
