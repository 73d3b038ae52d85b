"""A record says which file it is about and what became of it."""

from __future__ import annotations

import math

import pytest

from preprocessing.core.file_record import FAILED, failed_file
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product
from preprocessing.missions.kepler import SHORT_STAMPS, kepler_product
from tests.support.sample_files import KIC, quarter_of

_MONTH = kepler_product(SHORT_STAMPS[4][1], KIC, "short")


@pytest.mark.parametrize("product", [quarter_of(4), _MONTH])
def test_a_failed_file_is_named_with_its_reason(product: Product) -> None:
    """A failed file keeps quarter, month, name and address, and nothing was read."""
    record = failed_file(product, Reason.CORRUPT)
    assert (record.status, record.reason) == (FAILED, Reason.CORRUPT)
    assert (record.file_name, record.uri) == (product.file_name, product.uri)
    assert record.label == product.label
    assert (record.rows_read, record.rows_kept, record.sha256) == (0, 0, "")
    assert math.isnan(record.median)
