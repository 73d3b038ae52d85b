"""What is made of any accepted file is sound, and a damaged output is found or taken over whole."""

from __future__ import annotations

import os
import warnings
from functools import cache
from pathlib import Path
from random import Random

import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.core.errors import CorruptProduct, WrongProduct
from preprocessing.fits.previous_output import foreign_output, read_previous_output
from preprocessing.fits.stitch import StitchedFile, stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions import LONG, Product
from preprocessing.missions.kepler import EXPOSURES_S
from preprocessing.missions.recipe import Recipe
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.mutations import mutate

_SEEDS = st.integers(0, 2**32 - 1)
_RECIPE = Recipe()
_HOLDINGS = SyntheticHoldings(20)


@cache
def _file() -> tuple[Product, bytes]:
    products = (p for kic in _HOLDINGS.star_keys() for p in _HOLDINGS.star(kic).products)
    product = min((p for p in products if p.cadence == "long"), key=_HOLDINGS.size)
    return product, _HOLDINGS.body(product)


def _accepted(body: bytes, product: Product) -> StitchedFile | None:
    try:
        return stitch_file(body, product, _RECIPE)
    except (CorruptProduct, WrongProduct):
        return None


def _write(path: Path, quarter: StitchedFile) -> None:
    writer = StitchedWriter(path, _RECIPE, EXPOSURES_S[LONG])
    try:
        writer.describe_star(quarter.star)
        writer.append(quarter.rows)
        writer.finish([quarter.record], None)
    except CorruptProduct:
        writer.discard()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.mark.slow
@settings(max_examples=125, derandomize=True, database=None)
@given(seed=_SEEDS)
def test_whatever_is_accepted_becomes_a_sound_output(seed: int, folder: Path) -> None:
    """An output made from any accepted file verifies and can be reused."""
    product, sound = _file()
    quarter = _accepted(mutate(sound, Random(seed)).body, product)
    if quarter is None:
        return
    path = folder / f"{seed}.fits"
    _write(path, quarter)
    if path.exists():
        with fits.open(path, checksum=True) as hdus:
            hdus.verify("exception")
            assert len(hdus["LIGHTCURVE"].data) == len(quarter.rows)
            assert hdus["QUARTERS"].data["PROCVER"][0] == quarter.record.procver
        previous = read_previous_output(path, _RECIPE, product.number)
        assert (previous is None) == (len(quarter.rows) == 0)
        if previous is not None:
            taken = previous.stitched_file(product, is_first=True)
            assert taken is not None
            assert taken.rows.tobytes() == quarter.rows.tobytes()
        path.unlink()


@pytest.mark.slow
@settings(max_examples=200, derandomize=True, database=None)
@given(seed=_SEEDS)
def test_damaged_outputs(seed: int, folder: Path) -> None:
    """A damaged output is ignored with a warning or gives rows that are in it."""
    product, sound = _file()
    quarter = _accepted(sound, product)
    assert quarter is not None
    path = folder / "star.fits"
    _write(path, quarter)
    mutant = mutate(path.read_bytes(), Random(seed))
    path.write_bytes(mutant.body)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        foreign_output(path, _RECIPE)
        previous = read_previous_output(path, _RECIPE, product.number)
        taken = previous.stitched_file(product, is_first=True) if previous is not None else None
    if taken is not None:
        assert mutant.is_repaired or taken.rows.tobytes() == quarter.rows.tobytes()
        assert taken.rows.tobytes() in mutant.body


def test_rows_that_changed_places(tmp_path: Path) -> None:
    """Swapped rows are found by their times, which no checksum shows."""
    product, sound = _file()
    quarter = _accepted(sound, product)
    assert quarter is not None
    path = tmp_path / "star.fits"
    _write(path, quarter)
    content = path.read_bytes()
    start = content.index(quarter.rows.tobytes())
    rows = quarter.rows.copy()
    rows[[5, 99]] = rows[[99, 5]]
    path.write_bytes(content[:start] + rows.tobytes() + content[start + rows.nbytes :])
    assert read_previous_output(path, _RECIPE, product.number) is None


def test_a_pipe_in_place_of_an_output(tmp_path: Path) -> None:
    """A pipe in place of an output blocks nothing."""
    path = tmp_path / "star.fits"
    os.mkfifo(path)
    assert foreign_output(path, _RECIPE) is None
    assert read_previous_output(path, _RECIPE, 1) is None


def test_an_output_of_a_terabyte_is_not_read_into_memory(tmp_path: Path) -> None:
    """An absurdly long output is not read into memory."""
    product, sound = _file()
    quarter = _accepted(sound, product)
    assert quarter is not None
    path = tmp_path / "star.fits"
    _write(path, quarter)
    with path.open("r+b") as stream:
        stream.truncate(2**40)
    assert read_previous_output(path, _RECIPE, product.number) is None
