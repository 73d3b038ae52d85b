"""What a user asks for is checked once, and each refusal says what there is."""

from __future__ import annotations

from typing import Any

import pytest

from preprocessing.config import QUALITY_BITMASKS, Limits, Recipe, make_recipe
from preprocessing.exceptions import UsageError


def test_defaults() -> None:
    """Nothing said is Kepler, long cadence, PDCSAP, default quality."""
    assert make_recipe() == Recipe()
    assert Recipe().output_name("a") == "a.fits"
    assert make_recipe("kepler", "short", "sap", "none") == Recipe("Kepler", "short", "sap", 0)
    assert make_recipe(cadence="short").output_name("a") == "a_short.fits"


def test_bitmasks_are_lightkurves() -> None:
    """The named bitmasks are those of lightkurve."""
    from lightkurve.utils import KeplerQualityFlags

    assert {k: v or 0 for k, v in KeplerQualityFlags.OPTIONS.items()} == QUALITY_BITMASKS


@pytest.mark.parametrize(("quality", "bitmask"), [("128", 128), (128, 128), (0, 0)])
def test_bitmask_as_number(quality: str | int, bitmask: int) -> None:
    """A bitmask may be a number."""
    assert make_recipe(quality=quality).quality_bitmask == bitmask


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"mission": "Hubble"}, "unknown mission 'Hubble': choose Kepler, K2, TESS"),
        ({"mission": "k2"}, "K2 is not there yet"),
        ({"mission": "TESS"}, "TESS is not there yet"),
        ({"cadence": "Long"}, "unknown cadence"),
        ({"cadence": "fast"}, "'fast' is not there yet"),
        ({"flux": "raw"}, "unknown flux"),
        ({"quality": "best"}, "unknown quality"),
        ({"quality": "-1"}, "not between"),
        ({"quality": str(2**31)}, "not between"),
    ],
)
def test_refusals(asked: dict[str, str], message: str) -> None:
    """An unknown word, or one that is not there yet, is refused by name."""
    with pytest.raises(UsageError, match=message):
        make_recipe(**asked)


@pytest.mark.parametrize(
    "limits",
    [
        {"workers": 0},
        {"workers": -3},
        {"timeout_s": 0.0},
        {"timeout_s": float("nan")},
        {"retries": -1},
        {"max_rate_mb_s": 0.0},
        {"max_rate_mb_s": float("nan")},
        {"max_rate_mb_s": float("inf")},
    ],
)
def test_limits(limits: dict[str, Any]) -> None:
    """Limits that no run can keep are refused."""
    with pytest.raises(UsageError):
        Limits(**limits)
