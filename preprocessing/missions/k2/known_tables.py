"""The published table of planets and candidates of K2."""

from __future__ import annotations

from preprocessing.core.known_object import ObjectKind
from preprocessing.missions.known_tables import EXOPLANET_ARCHIVE, Field, KnownTable

__all__ = ["KNOWN_TABLES"]

#: https://exoplanetarchive.ipac.caltech.edu/docs/API_k2pandc_columns.html: durations in hours,
#: depths in per cent.
KNOWN_TABLES = (
    KnownTable(
        "K2 planets and candidates",
        {
            Field.STAR: ("epichostname", "hostname"),
            Field.NAME: ("plname", "epiccandname"),
            Field.KIND: ("disposition",),
            Field.PERIOD: ("plorbper",),
            Field.EPOCH: ("pltranmid",),
            Field.DURATION: ("pltrandur",),
            Field.DEPTH: ("pltrandep",),
            Field.TIMING: ("ttvflag",),
            Field.DEFAULT: ("defaultflag",),
        },
        kinds={
            "confirmed": ObjectKind.PLANET,
            "candidate": ObjectKind.CANDIDATE,
            "false positive": ObjectKind.FALSE_POSITIVE,
            "refuted": ObjectKind.FALSE_POSITIVE,
        },
        marks=frozenset({"plname", "defaultflag", "plrefname", "epichostname", "ttvflag"}),
        required=(Field.KIND, Field.PERIOD),
        service=EXOPLANET_ARCHIVE,
        place="k2pandc",
        ppm_a_depth=1e4,
    ),
)
