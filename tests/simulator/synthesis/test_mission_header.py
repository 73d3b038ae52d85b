"""Header templates give cards that say what was put in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.fits.format import BLOCK, HeaderCards
from preprocessing.simulator.synthesis.header_template import HeaderTemplate
from preprocessing.simulator.synthesis.mission_header import (
    APERTURE,
    COLUMNS,
    LIGHT_CURVES,
    PRIMARY,
)

TEMPLATE = HeaderTemplate(
    "SIMPLE  = T / conforms to FITS standards\n"
    "KEPLERID= %d / unique Kepler target identifier\n"
    "OBJECT  = '%-8s' / string version of target id\n"
    "RA_OBJ  = %.6f / [deg] right ascension\n"
)


@given(
    st.integers(0, 10**9),
    st.text(st.sampled_from("ABC 123"), max_size=18).map(str.rstrip),
    st.floats(0, 360),
)
def test_a_value_put_in_is_read_back(number: int, text: str, angle: float) -> None:
    """Integers, strings and decimals come back; cards without a format stay."""
    header = TEMPLATE.fill({"KEPLERID": number, "OBJECT": text, "RA_OBJ": angle})
    assert len(header) == BLOCK
    cards = HeaderCards(bytes(header))
    assert cards.get("SIMPLE") is True
    assert cards.integer("KEPLERID") == number
    assert cards.text("OBJECT") == text
    assert cards.get("RA_OBJ") == pytest.approx(angle, abs=1e-6)


def test_none_is_an_undefined_value() -> None:
    """None gives a card without a value, as in the mission's files."""
    header = TEMPLATE.fill({"KEPLERID": 1, "OBJECT": "KIC 1", "RA_OBJ": None})
    assert HeaderCards(bytes(header)).get("RA_OBJ", "absent") is None


def test_a_missing_value_is_an_error() -> None:
    """A value that is not given raises an error."""
    with pytest.raises(KeyError, match="OBJECT"):
        TEMPLATE.fill({"KEPLERID": 1})


def test_a_value_that_is_too_long_is_an_error() -> None:
    """A value never runs over the comment."""
    with pytest.raises(ValueError, match="does not fit into card OBJECT"):
        TEMPLATE.fill({"KEPLERID": 1, "OBJECT": "K" * 21, "RA_OBJ": 1.0})


def test_headers_take_the_blocks_that_the_mission_s_take() -> None:
    """The headers take two, five and two blocks for any number of bands."""
    blocks = []
    for template in (PRIMARY, LIGHT_CURVES[1], LIGHT_CURVES[3], APERTURE):
        blocks.append(len(template.fill(dict.fromkeys(template.keywords))) // BLOCK)
    assert blocks == [2, 5, 5, 2]


def test_there_are_twenty_columns() -> None:
    """No column is named twice."""
    assert len({name for name, *_ in COLUMNS}) == 20
