"""Outputs of every mission have tables whose rows other readers can read."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.file_record import USED, failed_file
from preprocessing.core.reasons import Reason
from preprocessing.fits.writer import row_dtype, sequence_dtype
from preprocessing.missions import MISSIONS, Mission
from preprocessing.missions.k2 import CAMPAIGNS
from tests.support.mission_samples import SAMPLES, product_of

_EVERY = list(product(MISSIONS.values(), (False, True)))


@pytest.mark.parametrize(
    ("mission", "is_double"), _EVERY, ids=[f"{m.name}-{double}" for m, double in _EVERY]
)
def test_rows_can_be_summed_piece_by_piece(mission: Mission, is_double: bool) -> None:
    """The row size is a multiple of a checksum's word and identifies the layout."""
    row = row_dtype(mission, is_double)
    assert row.itemsize % 4 == 0
    assert row.itemsize != row_dtype(mission, not is_double).itemsize
    assert row["FLUX"] == row["FLUX_ERR"] == np.dtype(">f8" if is_double else ">f4")
    assert row[mission.quality_column] == row[mission.sequence_keyword] == np.dtype(">i4")
    assert all(row[name].byteorder == ">" for name in row.names or ())


def test_the_quality_column_is_not_masked_a_second_time() -> None:
    """No column has a name that makes lightkurve mask it again."""
    for mission, masked in (("Kepler", "SAP_QUALITY"), ("K2", "SAP_QUALITY"), ("TESS", "QUALITY")):
        names = row_dtype(MISSIONS[mission], False).names or ()
        assert masked not in names
        assert sum("QUALITY" in name for name in names) == 1


@pytest.mark.parametrize("mission", MISSIONS.values(), ids=lambda mission: mission.name)
def test_tables_of_files_are_of_their_mission(mission: Mission) -> None:
    """The table of files uses the mission's own keywords."""
    names = sequence_dtype(mission).names or ()
    assert names[0] == mission.sequence_keyword
    assert {*mission.detector_keywords, *mission.cdpp_keywords} < set(names)
    assert len(set(names)) == len(names)
    others = {m.sequence_keyword for m in MISSIONS.values()} - {mission.sequence_keyword}
    assert not others & set(names)


@given(mission=st.sampled_from(list(MISSIONS.values())), number=st.integers(0, 2**15 - 1))
def test_every_sequence_number_has_room(mission: Mission, number: int) -> None:
    """Sequence numbers up to ten thousand fit."""
    row = np.zeros(1, dtype=sequence_dtype(mission))
    row[mission.sequence_keyword] = number
    assert row[mission.sequence_keyword][0] == number
    assert max(CAMPAIGNS) < 2**15


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_text_has_room(sample: str) -> None:
    """Names, addresses and reasons fit their columns."""
    product = product_of(sample)
    layout = sequence_dtype(MISSIONS[product.mission])
    room = {column: layout[column].itemsize for column in layout.names or ()}
    assert len(product.file_name) < room["FILENAME"]
    assert len(product.uri) < room["URI"]
    assert max(map(len, Reason)) <= room["REASON"]
    assert len(USED) <= room["STATUS"]
    assert len("0" * 64) <= room["SHA256"]
    assert failed_file(product, Reason.CORRUPT).label == product.label
