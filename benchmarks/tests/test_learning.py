"""Simulated persons are asked from the top of the list, and what they find then is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import learning
from preprocessing.core.errors import RunError
from tests.support.ranked_stars import DIPPER, write_tables

_WANTED = np.arange(200) % 10 == 0


def test_labels_are_asked_from_the_top() -> None:
    """Each answer changes the list that the next question is taken from, and none comes twice."""
    asked: list[list[int]] = []

    def method(labeled: NDArray[np.int64], is_wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
        asked.append(labeled.tolist())
        np.testing.assert_array_equal(is_wanted, _WANTED[labeled])
        # As if a label told what all others are.
        return np.asarray(_WANTED + np.linspace(0.1, 0, 200))

    start = np.linspace(1, 0, 200)
    found = learning._asked(method, start, _WANTED, 5)
    assert [len(one) for one in asked] == [5, 10, 15, 20]
    assert asked[0] == [0, 1, 2, 3, 4]
    assert asked[-1][5:] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150]
    # All twenty that are wanted are among the first fifty; four of them were not asked for.
    assert (found.precision, found.of_others) == (20 / 50, 4 / 50)


@pytest.mark.slow
def test_truth_beside_a_data_set(tmp_path: Path) -> None:
    """Persons look for kinds of which the truth has enough stars."""
    root = tmp_path / "sky"
    write_tables(root, 120)
    with pytest.raises(RunError, match="there is no truth"):
        learning._sky(root)
    kinds = ["quiet"] * 80 + ["eclipse"] * 30 + ["transit"] * 10
    rows = [f"{DIPPER + n},{kind}" for n, kind in enumerate(kinds)]
    Path(f"{root}.csv").write_text("\n".join(["number,class", *rows]))
    sky = learning._sky(root)
    assert {name: int(own.sum()) for name, own in sky.wanted.items()} == {"eclipse": 30}
