"""The published tables of objects of interest of TESS."""

from __future__ import annotations

from preprocessing.core.known_object import ObjectKind
from preprocessing.missions.known_tables import EXOPLANET_ARCHIVE, Field, KnownTable

__all__ = ["KNOWN_TABLES"]

#: The NASA Exoplanet Archive's names come first
#: (https://exoplanetarchive.ipac.caltech.edu/docs/API_TOI_columns.html), then those of ExoFOP's
#: table, without what stands in brackets. The former's epochs are Julian Dates; other tables count
#: from the mission's zero.
KNOWN_TABLES = (
    KnownTable(
        "TESS Objects of Interest",
        {
            Field.STAR: ("tid", "ticid"),
            Field.NAME: ("toi",),
            Field.KIND: ("tfopwgdisp", "tfopwgdisposition", "toidisposition"),
            Field.PERIOD: ("plorbper", "period", "orbitalperiodvalue"),
            Field.EPOCH: ("pltranmid", "epoch", "transitepoch", "epochvalue"),
            Field.DURATION: ("pltrandurh", "duration", "transitdurationvalue"),
            Field.DEPTH: ("pltrandep", "depth", "transitdepthvalue"),
            Field.TIMING: ("ttvflag",),
        },
        kinds={
            "cp": ObjectKind.PLANET,
            "kp": ObjectKind.PLANET,
            "pc": ObjectKind.CANDIDATE,
            "apc": ObjectKind.CANDIDATE,
            "fp": ObjectKind.FALSE_POSITIVE,
            "fa": ObjectKind.FALSE_POSITIVE,
        },
        marks=frozenset(
            {"toi", "tid", "tfopwgdisp", "tfopwgdisposition", "toidisposition", "pltranmid"}
        ),
        required=(Field.KIND, Field.PERIOD, Field.EPOCH),
        service=EXOPLANET_ARCHIVE,
        place="toi",
    ),
)
