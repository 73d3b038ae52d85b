"""The kinds have stars with files of one kind and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kinds import KINDS, Kind, mirror_of
from preprocessing.core.errors import RunError
from preprocessing.missions import LONG


@pytest.mark.parametrize("author", ["QLP", "K2SFF"])
def test_a_mirror_has_so_many_files_of_a_kind(tmp_path: Path, author: str) -> None:
    """Each star has as many files as its kind says, of one author and exposure time."""
    kind = next(kind for kind in KINDS if kind.author == author)
    small = Kind(kind.title, kind.mission, author, kind.cadence, kind.n_files, 2)
    mirror = mirror_of(small, tmp_path)
    assert len(mirror.products) == 2
    for products in mirror.products.values():
        assert len(products) == kind.n_files
        assert {(p.author, p.cadence) for p in products} == {(author, LONG)}
        assert len({p.exposure_s for p in products}) == 1
        assert all(mirror.path(product).stat().st_size > 0 for product in products)


def test_too_few_stars_are_refused(tmp_path: Path) -> None:
    """A kind with too few stars ends with a message."""
    with pytest.raises(RunError, match="synthetic stars are of the kind"):
        mirror_of(Kind("Q", "Kepler", "Kepler", LONG, 19, 1), tmp_path)
