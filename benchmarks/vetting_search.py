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

#: Stars of each set and base, for a thousand asked for. Most are short, since they take a tenth of
#: the time; there are 76 real quarters.
_OF_A_THOUSAND = {
    "injected": {
        "simulated, 2 quarters": 150,
        "simulated, 6 quarters": 60,
        "simulated, 18 quarters": 10,
        "real, 6 quarters": 50,
        "real quarter": 30,
    },
    "inverted": {
        "simulated, 2 quarters": 760,
        "simulated, 6 quarters": 120,
        "simulated, 18 quarters": 10,
        "real, 6 quarters": 72,
        "real quarter": 38,
    },
    "scrambled": {
        "simulated, 3 quarters": 690,
        "simulated, 6 quarters": 100,
        "simulated, 18 quarters": 10,
        "real, 6 quarters": 190,
        "real, 18 quarters": 10,
    },
}


def plan(thousands: float, seed: int) -> list[Trial]:
    """Return the trials, so mixed that any part of them is like the whole.

    Parameters
    ----------
    thousands : float
        How many of each set, in thousands; of injected planets, 0.3 as many.
    seed : int
        Of the first star of each set and base.
    """
    trials = [
        Trial(kind, base, seed + number)
        for kind, bases in _OF_A_THOUSAND.items()
        for base, count in bases.items()
        for number in range(round(thousands * count))
    ]
    return sorted(trials, key=lambda one: zlib.crc32(repr(one).encode()))


def search_all(
    trials: list[Trial], real: RealLight, file: Path, threshold: float
) -> Iterator[Found]:
    """Yield what the search finds of each star; what is in the file is not searched again.

    Parameters
    ----------
    trials : list of Trial
        The stars.
    real : RealLight
        The real light.
    file : Path
        Lines of JSON, one a star; made if absent, and appended to.
    threshold : float
        The least signal-to-noise ratio of a candidate that passes the search.
    """
    known: dict[Trial, list[Mapping[str, Any]]] = {}
    if file.exists():
        for line in file.read_text().splitlines():
            record = json.loads(line)
            if record["threshold"] == threshold:
                known[Trial(**record["trial"])] = record["candidates"]
    with file.open("a") as stream:
        for trial in trials:
            if trial not in known:
                light = light_of(trial, real).light
                found = search_transits(light, threshold=threshold).candidates
                rows: list[Mapping[str, Any]] = [of_candidate(one) for one in found]
                record = {"trial": asdict(trial), "threshold": threshold, "candidates": rows}
                stream.write(json.dumps(record) + "\n")
                stream.flush()
                known[trial] = rows
            yield trial, known[trial]
