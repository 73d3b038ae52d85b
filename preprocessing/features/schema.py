"""What later stages know of the tables of features: their names, their key and their version."""

from __future__ import annotations

__all__ = [
    "BLIND",
    "CANDIDATES",
    "FEATURES",
    "FEATURE_NAMES",
    "FEATURE_SET",
    "FEATURE_SET_VERSION",
]

#: Names of the table with one row a light curve, and of that with one row a candidate.
FEATURES, CANDIDATES = "features", "candidates"
#: What follows these names where the events of known planets and candidates were hidden.
BLIND = "_blind"
#: Key of a file's metadata under which the version of the feature set stands.
FEATURE_SET = "xenoscan_feature_set"
#: Raised by one when a feature or a companion changes its meaning or its value. Tables of
#: different versions are never mixed.
FEATURE_SET_VERSION = "3"
#: Names of the features, in the order of the columns; beside each stands NAME_reason.
FEATURE_NAMES = (
    "stat_amplitude",
    "stat_white",
    "stat_excess",
    "stat_skew",
    "stat_tail",
    "stat_dip",
    "stat_peak",
    "stat_imbalance",
    "temp_acf_1h",
    "temp_acf_6h",
    "temp_acf_1d",
    "temp_acf_5d",
    "temp_decay",
    "temp_acf_peak",
    "temp_acf_period",
    "temp_restless",
    "freq_main",
    "freq_power",
    "freq_contrast",
    "freq_harmonics",
    "freq_subharmonic",
    "freq_second",
    "freq_coherence",
    "freq_entropy",
    "freq_slope",
    "resid_noise_1h",
    "resid_noise_3h",
    "resid_noise_6h",
    "resid_noise_12h",
    "resid_red",
    "resid_acf",
    "resid_complexity",
    "shape_dip_rate",
    "shape_dip_sigma",
    "shape_dip_hours",
    "shape_dip_skew",
    "shape_dip_regular",
    "shape_flare_rate",
    "shape_flare_amplitude",
    "transit_snr",
    "transit_period",
    "transit_depth",
    "transit_duty",
    "transit_shape",
    "transit_odd_even",
    "transit_secondary",
    "transit_balance",
)
