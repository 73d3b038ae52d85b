"""What a user asks for is checked once, and each refusal says what there is."""

from __future__ import annotations

from typing import Any

import pytest

from preprocessing.config import Limits, Recipe, make_recipe
from preprocessing.exceptions import UsageError
from preprocessing.missions import MISSIONS


def test_defaults() -> None:
    """Nothing said is Kepler, long cadence, PDCSAP, default quality."""
    assert make_recipe() == Recipe()
    assert Recipe().output_name("a") == "a.fits"
    assert make_recipe("kepler", "short", "sap", "none") == Recipe("Kepler", "short", "sap", 0)
    assert make_recipe(cadence="short").output_name("a") == "a_short.fits"


def test_bitmasks_are_lightkurves() -> None:
    """The named bitmasks are those of lightkurve."""
    from lightkurve.utils import KeplerQualityFlags, TessQualityFlags

    flags = {"Kepler": KeplerQualityFlags, "K2": KeplerQualityFlags, "TESS": TessQualityFlags}
    for name, mission in MISSIONS.items():
        assert {k: v or 0 for k, v in flags[name].OPTIONS.items()} == mission.bitmasks


@pytest.mark.parametrize(("quality", "bitmask"), [("128", 128), (128, 128), (0, 0)])
def test_bitmask_as_number(quality: str | int, bitmask: int) -> None:
    """A bitmask may be a number."""
    assert make_recipe(quality=quality).quality_bitmask == bitmask


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"mission": "Hubble"}, "unknown mission 'Hubble': choose Kepler, K2, TESS"),
        ({"cadence": "Long"}, "unknown cadence"),
        ({"cadence": "fast"}, "Kepler has no light curves of fast cadence: Kepler has long, short"),
        ({"mission": "TESS", "cadence": "long"}, "SPOC has no light curves of long cadence"),
        ({"flux": "raw"}, "Kepler has no flux 'raw': choose pdcsap, sap"),
        ({"quality": "best"}, "unknown quality"),
        ({"quality": "-1"}, "not between"),
        ({"quality": str(2**31)}, "not between"),
    ],
)
def test_refusals(asked: dict[str, Any], message: str) -> None:
    """An unknown word, or words that do not go together, are refused by name."""
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
