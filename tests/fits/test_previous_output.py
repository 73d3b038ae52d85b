"""Rows that a previous output holds are not fetched again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from preprocessing.core.file_record import FileRecord, failed_file
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import BLOCK
from preprocessing.fits.previous_output import PreviousOutput, read_previous_output
from preprocessing.fits.stitch import StitchedFile, stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions import Product
from preprocessing.missions.recipe import Recipe
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

_HOLDINGS = SyntheticHoldings(12, n_quarters=4)
_KIC = _HOLDINGS.star_keys()[3]
_PRODUCTS = _HOLDINGS.star(_KIC).products
_RECIPE = Recipe()


def _quarters(products: tuple[Product, ...], recipe: Recipe = _RECIPE) -> list[StitchedFile]:
    return [stitch_file(_HOLDINGS.body(p), p, recipe) for p in products]


def _write(path: Path, quarters: list[StitchedFile], failed: tuple[Product, ...] = ()) -> bytes:
    writer = StitchedWriter(path, _RECIPE, _PRODUCTS[0].exposure_s)
    records: list[FileRecord] = [failed_file(p, Reason.CORRUPT) for p in failed]
    for quarter in quarters:
        writer.describe_star(quarter.star)
        writer.append(quarter.rows)
        records.append(quarter.record)
    writer.finish(sorted(records, key=lambda r: r.sequence_number), None)
    return path.read_bytes()


def _salvage(path: Path) -> PreviousOutput:
    previous = read_previous_output(path, _RECIPE, _KIC)
    assert previous is not None
    return previous


def test_salvaged_quarters_are_those_that_were_read(tmp_path: Path) -> None:
    """Rows, records and cards of a previous output give the same bytes again."""
    path = tmp_path / "a.fits"
    content = _write(path, _quarters(_PRODUCTS))
    previous = _salvage(path)
    found = [previous.stitched_file(p, is_first=not n) for n, p in enumerate(_PRODUCTS)]
    again = _write(tmp_path / "b.fits", [quarter for quarter in found if quarter])
    assert again == content
    assert previous.n_rows == sum(len(q.rows) for q in _quarters(_PRODUCTS))


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_the_missing_quarter_is_spliced_in(tmp_path: Path, missing: int) -> None:
    """A previous output and its missing quarter give the file of a complete run."""
    rest = _PRODUCTS[:missing] + _PRODUCTS[missing + 1 :]
    whole = _write(tmp_path / "whole.fits", _quarters(_PRODUCTS))
    _write(tmp_path / "part.fits", _quarters(rest), (_PRODUCTS[missing],))
    previous = _salvage(tmp_path / "part.fits")
    assert previous.stitched_file(_PRODUCTS[missing], is_first=False) is None
    spliced = [
        previous.stitched_file(p, is_first=not n) or _quarters((p,))[0]
        for n, p in enumerate(_PRODUCTS)
    ]
    assert _write(tmp_path / "spliced.fits", spliced) == whole


def test_star_cards_of_a_later_file_are_not_taken_for_the_first(tmp_path: Path) -> None:
    """A file that came later is not taken for the first one."""
    _write(tmp_path / "a.fits", _quarters(_PRODUCTS))
    previous = _salvage(tmp_path / "a.fits")
    assert previous.stitched_file(_PRODUCTS[1], is_first=True) is None
    assert previous.stitched_file(_PRODUCTS[1], is_first=False) is not None


def test_a_worse_attempt_is_merged_into_the_better(tmp_path: Path) -> None:
    """The better record of every file counts."""
    _write(tmp_path / "a.fits", _quarters(_PRODUCTS[:3]), _PRODUCTS[3:])
    worse = [failed_file(p, Reason.TIMEOUT) for p in _PRODUCTS]
    merged = _salvage(tmp_path / "a.fits").merged(worse)
    assert [(r.sequence_number, r.status) for r in merged] == [
        (p.sequence_number, "failed" if p is _PRODUCTS[3] else "used") for p in _PRODUCTS
    ]


def test_files_that_only_a_worse_attempt_used_are_not_in_the_better(tmp_path: Path) -> None:
    """An output stays even if its files differ from those now promised."""
    _write(tmp_path / "a.fits", _quarters(_PRODUCTS[:2]))
    worse = [_quarters(_PRODUCTS)[2].record, failed_file(_PRODUCTS[3], Reason.TIMEOUT)]
    merged = _salvage(tmp_path / "a.fits").merged(worse)
    assert [(r.sequence_number, r.status) for r in merged] == [
        (_PRODUCTS[0].sequence_number, "used"),
        (_PRODUCTS[1].sequence_number, "used"),
        (_PRODUCTS[3].sequence_number, "failed"),
    ]


def _flip(at: Callable[[int], int]) -> Callable[[bytes], bytes]:
    def flipped(content: bytes) -> bytes:
        place = at(len(content))
        return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]

    return flipped


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"not FITS at all",
        lambda content: content[:-BLOCK],
        lambda content: content[: len(content) // 2],
        lambda content: content + bytes(BLOCK),
        _flip(lambda size: 400),
        _flip(lambda size: 6 * BLOCK),
        _flip(lambda size: size // 2),
        _flip(lambda size: size - 10),
    ],
)
def test_a_damaged_output_is_not_used(
    tmp_path: Path, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """A damaged output is ignored with a warning."""
    path = tmp_path / "a.fits"
    path.write_bytes(damage(_write(path, _quarters(_PRODUCTS))))
    assert read_previous_output(path, _RECIPE, _KIC) is None
    assert "cannot reuse the previous output" in caplog.text


@pytest.mark.parametrize(
    ("recipe", "kic"),
    [
        (_RECIPE, _KIC + 1),
        (replace(_RECIPE, flux="sap"), _KIC),
        (replace(_RECIPE, quality_bitmask=0), _KIC),
        (replace(_RECIPE, cadence="short"), _KIC),
    ],
)
def test_an_output_of_something_else_is_not_used(tmp_path: Path, recipe: Recipe, kic: int) -> None:
    """An output of another star or recipe is ignored."""
    _write(tmp_path / "a.fits", _quarters(_PRODUCTS))
    assert read_previous_output(tmp_path / "a.fits", recipe, kic) is None


def test_an_output_of_another_version_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An output of another program version is ignored."""
    monkeypatch.setattr("preprocessing.fits.writer.__version__", "0.0.1")
    _write(tmp_path / "a.fits", _quarters(_PRODUCTS))
    assert read_previous_output(tmp_path / "a.fits", _RECIPE, _KIC) is None


def test_no_output_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A missing output gives nothing and causes no warning."""
    assert read_previous_output(tmp_path / "a.fits", _RECIPE, _KIC) is None
    assert not caplog.records
