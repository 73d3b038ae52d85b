"""KEPSEISMIC: four years of a star in one file, filtered for the study of its oscillations."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, WHOLE_MISSION, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import IDENTITY_CARDS, FileLayout, FluxColumns
from preprocessing.missions.kepler.file_names import EXPOSURES_S, QUARTER_LETTER

__all__ = ["KEPSEISMIC"]

_NAME = re.compile(
    r"hlsp_kepseismic_kepler_phot_kplr(\d{9})-(20d|55d|80d)_kepler_v(\d{1,3})_cor-filt-inp\.fits",
    re.ASCII,
)
#: The periods, in days, beyond which slow changes are filtered out.
_FILTERS = ("20d", "55d", "80d")
#: Times are BJD - 2400000, as the comment of TUNIT1 says; those of Kepler are BJD - 2454833.
#: lightkurve 2.6.0 takes them for Modified Julian Dates, which are half a day more.
_TIME_OFFSET_D = -54_833.0


def _star_folder(number: int) -> str:
    digits = f"{number:09d}"
    return f"{digits[:4]}00000/{digits[4:]}"


def _parse(name: str) -> Product | None:
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    number, version = int(match[1]), int(match[3])
    path = f"{_star_folder(number)}/{match[2]}-filter/{name}"
    return Product(
        # The later of two versions sorts last.
        stamp=f"{version:03d}",
        number=number,
        mission="Kepler",
        author="KEPSEISMIC",
        cadence=LONG,
        sequence_number=WHOLE_MISSION,
        month=None,
        exposure_s=EXPOSURES_S[LONG],
        file_name=name,
        path=path,
        uri=f"mast:HLSP/kepseismic/{path}",
        position=WHOLE_MISSION,
        letter=QUARTER_LETTER,
        variant=match[2],
    )


#: Mathur, Santos & Garcia (https://doi.org/10.17909/t9-mrpw-gc07); Garcia et al. 2011, MNRAS 414,
#: L6. Flux is in parts per million about the mean, on a regular grid of times. Gaps are filled up
#: to 20 days, longer ones hold zeros; the image behind the table tells them apart, and lightkurve
#: reads all rows.
KEPSEISMIC = Author(
    "KEPSEISMIC",
    "kepseismic",
    (LONG,),
    "hlsp_kepseismic",
    _parse,
    FileLayout(
        table=None,
        fluxes={days: FluxColumns("FLUX", variant=days) for days in _FILTERS},
        time_offset_d=_TIME_OFFSET_D,
        cadenceno=None,
        quality=None,
        centroids=None,
        is_double=True,
        states_exposure=False,
        may_lack=IDENTITY_CARDS,
    ),
    ArchiveLayout(
        _star_folder,
        None,
        "hlsps/kepseismic",
        branches=tuple(f"{{}}/{days}-filter" for days in _FILTERS),
    ),
    covers_mission=True,
    is_secondary=True,
    row_bytes=18,
    doi="10.17909/t9-mrpw-gc07",
)
