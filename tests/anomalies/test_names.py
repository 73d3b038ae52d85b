"""What the ranking knows by name is what the stages before it write."""

from __future__ import annotations

from preprocessing.anomalies.classes import CLASSES
from preprocessing.anomalies.explained import CANDIDATE, CAUSES, EXPLAINED, GRANULATION, SPOTS, WAVE
from preprocessing.anomalies.scaling import _THINGS
from preprocessing.anomalies.words import WORDS
from preprocessing.features.domains import FEATURES
from preprocessing.features.schema import FEATURE_NAMES
from preprocessing.vetting.label import Label
from preprocessing.vetting.schema import LABEL_NAMES


def test_features_and_labels() -> None:
    """The schemas name every feature and every label, in their order."""
    assert tuple(one.name for one in FEATURES) == FEATURE_NAMES
    assert tuple(str(one) for one in Label) == LABEL_NAMES


def test_every_name_is_one() -> None:
    """Words, scales, classes and explanations are of features that there are."""
    assert tuple(WORDS) == FEATURE_NAMES
    assert {*_THINGS} <= set(FEATURE_NAMES)
    beginnings = {one for rule in CLASSES for one in rule.features}
    beginnings.update(
        one for explained in (*EXPLAINED.values(), *CAUSES.values()) for one in explained
    )
    for beginning in beginnings:
        assert any(name.startswith(beginning) for name in FEATURE_NAMES), beginning
    assert set(EXPLAINED) - {CANDIDATE, GRANULATION, SPOTS, WAVE} == set(LABEL_NAMES)
