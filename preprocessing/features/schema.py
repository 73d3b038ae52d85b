"""What later stages know of the tables of features: their names, their key and their version."""

from __future__ import annotations

__all__ = ["BLIND", "CANDIDATES", "FEATURES", "FEATURE_SET", "FEATURE_SET_VERSION"]

#: Names of the table with one row a light curve, and of that with one row a candidate.
FEATURES, CANDIDATES = "features", "candidates"
#: What follows these names where the events of known planets and candidates were hidden.
BLIND = "_blind"
#: Key of a file's metadata under which the version of the feature set stands.
FEATURE_SET = "xenoscan_feature_set"
#: Raised by one when a feature or a companion changes its meaning or its value. Tables of
#: different versions are never mixed.
FEATURE_SET_VERSION = "2"
