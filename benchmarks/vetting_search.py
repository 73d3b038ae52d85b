"""The search of stars that are to be vetted: what it found is kept, so that it can be resumed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.vetting_light import RealLight, Trial, light_of
from preprocessing.features.table.columns import of_candidate
from preprocessing.features.transit_search import search_transits

__all__ = ["Found", "plan", "search_all"]

#: A trial, and the rows of its candidates.
Found = tuple[Trial, list[Mapping[str, Any]]]

#: Stars of each set and base, for a thousand asked for.
_OF_A_THOUSAND = {
    "injected": {"simulated": 180, "simulated, 18 quarters": 30, "real": 60, "real quarter": 30},
    "inverted": {"simulated": 850, "simulated, 18 quarters": 30, "real": 82, "real quarter": 38},
    "scrambled": {
        "simulated": 600,
        "simulated, 18 quarters": 30,
        "real": 340,
        "real, 18 quarters": 30,
    },
}


def plan(thousands: float) -> list[Trial]:
    """Return the trials, so mixed that any part of them is like the whole.

    Parameters
    ----------
    thousands : float
        How many of each set, in thousands; of injected planets, 0.3 as many.
    """
    trials = [
        Trial(kind, base, seed)
        for kind, bases in _OF_A_THOUSAND.items()
        for base, number in bases.items()
        for seed in range(round(thousands * number))
    ]
    return sorted(trials, key=lambda one: zlib.crc32(repr(one).encode()))


def search_all(trials: list[Trial], real: RealLight, file: Path) -> Iterator[Found]:
    """Yield what the search finds of each star; what is in the file is not searched again.

    Parameters
    ----------
    trials : list of Trial
        The stars.
    real : RealLight
        The real light.
    file : Path
        Lines of JSON, one a star; made if absent, and appended to.
    """
    known: dict[Trial, list[Mapping[str, Any]]] = {}
    if file.exists():
        for line in file.read_text().splitlines():
            record = json.loads(line)
            known[Trial(**record["trial"])] = record["candidates"]
    with file.open("a") as stream:
        for trial in trials:
            if trial not in known:
                found = search_transits(light_of(trial, real).light).candidates
                rows: list[Mapping[str, Any]] = [of_candidate(one) for one in found]
                record = {"trial": asdict(trial), "candidates": rows}
                stream.write(json.dumps(record) + "\n")
                stream.flush()
                known[trial] = rows
            yield trial, known[trial]
