"""The list of chosen stars is kept beside the results."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from preprocessing.catalog.chosen import choose_list, selection_path
from preprocessing.catalog.selection import SelectionRequest
from preprocessing.core.errors import UsageError
from preprocessing.missions.recipe import make_recipe
from tests.support.small_catalog import save_catalog

KEPLER = make_recipe()
STARS: tuple[dict[str, Any], ...] = ({}, {"cdpp": 10.0}, {"cdpp": 20.0, "kepmag": None})


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return save_catalog(tmp_path / "stars.parquet", STARS)


def _read(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.slow
def test_every_star_has_its_reason(catalog: Path, tmp_path: Path) -> None:
    """The list states each star's reason, the request, and the catalog's date."""
    request = SelectionRequest("quietest", 2, where="teff > 4000", catalog=catalog)
    chosen = choose_list(request, KEPLER, "mast", "mast")
    path = selection_path(tmp_path / "results.csv")
    chosen.keep(path)
    rows = _read(path)
    assert [row["target_id"] for row in rows] == ["KIC 2", "KIC 3"] == list(chosen.names)
    assert rows[1] == {
        "target_id": "KIC 3",
        "strategy": "quietest",
        "rank": "2",
        "reason": "cdpp = 20 ppm",
        "request": "quietest --targets 2 --where 'teff > 4000'",
        "catalog": str(catalog),
        "catalog_sha256": rows[0]["catalog_sha256"],
        "catalog_built": "2026-01-02T03:04:05Z",
    }
    assert len(rows[0]["catalog_sha256"]) == 64


def test_what_is_resumed_is_the_list_that_was_kept(catalog: Path, tmp_path: Path) -> None:
    """Resuming uses the saved list, and a changed request adds newly chosen stars."""
    path = tmp_path / "results_selection.csv"
    request = SelectionRequest("quietest", 2, catalog=catalog)
    choose_list(request, KEPLER, "mast", "mast").keep(path)
    before = path.read_bytes()
    catalog.unlink()
    again = choose_list(request, KEPLER, "mast", "mast", path)
    assert again.names == ("KIC 2", "KIC 3")
    again.keep(path)
    assert path.read_bytes() == before
    save_catalog(catalog, (*STARS, {"cdpp": 1.0}))
    more = choose_list(
        SelectionRequest("quietest", 3, catalog=catalog), KEPLER, "mast", "mast", path
    )
    assert more.names == ("KIC 4", "KIC 2", "KIC 3")
    more.keep(path)
    assert [row["target_id"] for row in _read(path)] == ["KIC 2", "KIC 3", *more.names]
    assert choose_list(request, KEPLER, "mast", "mast", path).names == ("KIC 2", "KIC 3")


def test_a_formula_in_a_condition_is_none_in_the_list(catalog: Path, tmp_path: Path) -> None:
    """Cells that a spreadsheet would run get an apostrophe, which is dropped on reading."""
    path = tmp_path / "results_selection.csv"
    folder = tmp_path / "=cmd"
    request = SelectionRequest("any", 1, catalog=folder / "stars.parquet")
    save_catalog(folder / "stars.parquet", STARS)
    choose_list(request, KEPLER, "mast", "mast").keep(path)
    assert all(cell[:1] not in "=+-@" for row in _read(path) for cell in row.values())


@pytest.mark.parametrize("content", [b"", b"target_id\nKIC 1\n", b"\xff\xfe", b'"a"\n"b'])
def test_a_list_that_says_nothing_is_none(content: bytes, catalog: Path, tmp_path: Path) -> None:
    """An empty list is replaced by a new choice."""
    path = tmp_path / "results_selection.csv"
    path.write_bytes(content)
    request = SelectionRequest("brightest", 1, catalog=catalog)
    assert choose_list(request, KEPLER, "mast", "mast", path).selection is not None


@pytest.mark.slow
def test_stars_of_another_archive_are_refused(tmp_path: Path) -> None:
    """Synthetic and real stars are never mixed, although numbers may coincide."""
    real = save_catalog(tmp_path / "real.parquet", STARS)
    made = save_catalog(
        tmp_path / "made.parquet", STARS, archive="embedded --stars 9", is_synthetic=True
    )
    served = save_catalog(
        tmp_path / "served.parquet", STARS, archive="http://127.0.0.1:8686", is_synthetic=True
    )

    def choose(path: Path, archive: str) -> tuple[str, ...]:
        request = SelectionRequest("any", 1, catalog=path)
        return choose_list(request, KEPLER, archive, archive).names

    for path, archive in (
        (real, "mast"),
        (real, str(tmp_path)),
        (real, "http://127.0.0.1:8686"),
        (made, "embedded --stars 9"),
        (served, "http://127.0.0.1:8686"),
    ):
        assert choose(path, archive) == ("KIC 1",)
    for path, archive, kind in (
        (real, "embedded", "real"),
        (made, "mast", "synthetic"),
        (made, "embedded", "synthetic"),
        (made, str(tmp_path), "synthetic"),
        (served, "embedded", "synthetic"),
        (served, "http://127.0.0.1:8687", "synthetic"),
    ):
        with pytest.raises(UsageError, match=f"is of {kind} stars"):
            choose(path, archive)
    with pytest.raises(UsageError, match="is for Kepler, but --mission is TESS"):
        request = SelectionRequest("any", 1, catalog=real)
        choose_list(request, make_recipe("TESS"), "mast", "mast")
