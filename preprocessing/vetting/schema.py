"""What later stages know of the tables of vetting: their names, their key and their version."""

from __future__ import annotations

__all__ = [
    "DISPOSITIONS",
    "EVENTS",
    "FEATURES_SHA256",
    "LABEL_NAMES",
    "POPULATION",
    "RULES_KEY",
    "RULES_VERSION",
    "VETTING",
]

#: Names of the tables with one row a light curve, an event, a vetted candidate, and a place at a
#: time.
VETTING, EVENTS, DISPOSITIONS, POPULATION = "vetting", "events", "dispositions", "population"
#: Key of a file's metadata under which the version of the rules stands.
RULES_KEY = "xenoscan_vetting_rules"
#: Raised by one when a label, an event or a disposition changes its meaning or its value. Tables
#: of different versions are never mixed.
RULES_VERSION = "4"
#: Key of a file's metadata under which the digest stands of the features.parquet that it was made
#: from.
FEATURES_SHA256 = "features_sha256"
#: Names of the labels; is_NAME says whether a star has one, NAME_reason why that is undecided.
LABEL_NAMES = (
    "flares",
    "rotation",
    "eclipses",
    "contact",
    "delta_scuti",
    "gamma_doradus",
    "rr_lyrae",
    "known_planet",
    "known_binary",
    "known_variable",
    "instrument_line",
    "coincidence",
    "flagged_times",
    "edges",
    "steps",
)
