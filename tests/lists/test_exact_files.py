"""A list that names no file of the run is refused, and the right options are named."""

from __future__ import annotations

import pytest

from preprocessing.core.errors import UsageError
from preprocessing.lists.exact_files import require_files_of
from preprocessing.missions import Product, parse_file_name
from preprocessing.missions.recipe import make_recipe

_NAMES = (
    "tess2020078014623-s0023-0000000162494287-0177-s_lc.fits",
    "tess2019140104343-s0012-0000000066818296-0144-s_lc.fits",
    "tess2020186164531-s0027-0000000162494287-0189-a_fast-lc.fits",
    "hlsp_qlp_tess_ffi_s0056-0000000066818296_tess_v01_llc.fits",
)


def _products(*names: str) -> list[Product]:
    products = list(map(parse_file_name, names))
    assert None not in products
    return [product for product in products if product is not None]


def test_one_file_of_the_recipe_is_enough() -> None:
    """A list is accepted if any of its files is of the author, cadence and sectors asked for."""
    products = _products(*_NAMES)
    for recipe in (
        make_recipe("TESS"),
        make_recipe("TESS", author="QLP"),
        make_recipe("TESS", "fast"),
        make_recipe("TESS", author="any"),
        make_recipe("TESS", sequence_numbers=[12]),
    ):
        require_files_of(recipe, products)


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (_NAMES[:2], "--mission TESS"),
        (_NAMES[2:3], "--mission TESS --cadence fast"),
        (_NAMES[3:], "--mission TESS --author QLP"),
    ],
)
def test_options_that_would_fetch_the_files(names: tuple[str, ...], options: str) -> None:
    """If no file is of the recipe, the message names the options that most files need."""
    with pytest.raises(UsageError, match=f"most need {options}$"):
        require_files_of(make_recipe(), _products(*names))
