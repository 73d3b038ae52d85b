"""From the arrays of one light curve to its record: features, companions and candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from time import thread_time

import numpy as np
from numpy.typing import ArrayLike

from preprocessing.analysis.compiled import is_kept
from preprocessing.analysis.folding import box_spectrum
from preprocessing.analysis.light import Light, prepare_light
from preprocessing.analysis.missing import Missing
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.core.value_column import ValueColumn
from preprocessing.features.candidate import Candidate
from preprocessing.features.definition import Value
from preprocessing.features.domains import DOMAINS, FEATURES, CompanionValue, Domain
from preprocessing.features.observation import COMPANIONS as OF_OBSERVATION
from preprocessing.features.observation import observation
from preprocessing.features.star_light import star_light
from preprocessing.features.transit_search import TransitSearch, search_transits

__all__ = ["COMPANIONS", "Record", "compile_once", "extract", "is_compiled"]

#: Processor time of a star, in seconds, after which no further domain is begun. The slowest
#: domain takes less than what is left of ten seconds.
_TIME_LIMIT_S = 8.0
#: The search for transits gets this share of it.
_SHARE_OF_SEARCH = 0.6
#: Less light has no features at all.
_FEWEST_POINTS = 4

_OF_SEARCH = (
    ValueColumn("search_reason", str, "", "Why there is no candidate, or why there may be more."),
)
_OF_RECORD = (
    ValueColumn("n_features", int, "", "Features that have a value."),
    ValueColumn("cpu_ms", float, "ms", "Processor time of this star's features."),
)

#: Everything that stands beside the features, in the order of the columns.
COMPANIONS: tuple[ValueColumn, ...] = (
    *OF_OBSERVATION,
    *_OF_SEARCH,
    *chain.from_iterable(domain.companions for domain in DOMAINS),
    *_OF_RECORD,
)


@dataclass(frozen=True, eq=False)
class Record:
    """What one light curve is like.

    Parameters
    ----------
    values : mapping of str to (float or Missing)
        Each feature's value, or why there is none, in the order of `FEATURES`.
    companions : mapping of str to (float, int, str, bool or None)
        What stands beside them, in the order of `COMPANIONS`; None where it is not known.
    candidates : tuple of Candidate
        What the search for transits found, strongest first.
    """

    values: Mapping[str, Value]
    companions: Mapping[str, CompanionValue] = field(repr=False)
    candidates: tuple[Candidate, ...] = field(repr=False)

    def __getitem__(self, name: str) -> float:
        """Return a feature's value; NaN if it has none."""
        value = self.values[name]
        return np.nan if isinstance(value, Missing) else value

    def reason(self, name: str) -> Missing | None:
        """Return why a feature has no value; None if it has one.

        Parameters
        ----------
        name : str
            The feature.
        """
        value = self.values[name]
        return value if isinstance(value, Missing) else None


def extract(
    time_d: ArrayLike,
    flux: ArrayLike,
    flux_err: ArrayLike | None = None,
    sequence: ArrayLike | None = None,
    *,
    is_masked: ArrayLike | None = None,
    lines: Sequence[InstrumentLine] = (),
    time_limit_s: float = _TIME_LIMIT_S,
) -> Record:
    """Describe one light curve by its features.

    Parameters
    ----------
    time_d : array_like, shape (n,)
        Times in days since any zero, in any order and byte order.
    flux : array_like, shape (n,)
        Flux in any unit. Mask points by quality flags before, and by nothing else.
    flux_err : array_like, shape (n,), optional
        Its uncertainty, in the same unit.
    sequence : array_like of int, shape (n,), optional
        The file (quarter, campaign, sector) that each point comes from; one file if not given.
    is_masked : array_like of bool, shape (n,), optional
        Points that nothing is computed from, since they lie in events that are known.
    lines : sequence of InstrumentLine, optional
        Frequencies at which the instrument varies: a star at one of them is marked.
    time_limit_s : float, optional
        Processor time after which no further features are computed: they have the reason
        ``time_out``, and all others their values.

    Returns
    -------
    Record
        The same to the last bit for the same arrays, but for the companion ``cpu_ms``.

    Raises
    ------
    ValueError
        If the arrays differ in length or have more than one dimension.
    """
    compile_once()
    start_s = thread_time()
    light = prepare_light(time_d, flux, flux_err, sequence, is_masked)
    return _record(light, start_s, time_limit_s, lines)


def is_compiled() -> bool:
    """Return whether this machine has compiled before what features are computed with."""
    return is_kept(box_spectrum)


@cache
def compile_once() -> None:
    """Let numba compile, which may take a minute once, before any star's time is counted.

    Processes that begin later find the machine code, if this machine can keep it.
    """
    for cadence_d in (2 / 1440, 30 / 1440):
        time_d = np.arange(0, 20, cadence_d)
        noise = np.random.default_rng(0).normal(0, 1e-4, len(time_d))
        wave = 1e-3 * np.sin(2 * np.pi * time_d / 1.7)
        transit = np.where(time_d % 3.1 < 0.1, 5e-3, 0)
        light = prepare_light(time_d, 1 + noise + wave - transit)
        _record(light, thread_time(), np.inf)


def _record(
    light: Light, start_s: float, time_limit_s: float, lines: Sequence[InstrumentLine] = ()
) -> Record:
    if len(light) < _FEWEST_POINTS:
        search = TransitSearch((), np.nan, Missing.TOO_SHORT)
        values: dict[str, Value] = {feature.name: Missing.TOO_SHORT for feature in FEATURES}
        companions: dict[str, CompanionValue] = {}
    else:
        left_s = time_limit_s - (thread_time() - start_s)
        search = search_transits(light, max(0.0, _SHARE_OF_SEARCH * left_s))
        star = star_light(light, search, lines)
        values, companions = {}, {}
        for domain in DOMAINS:
            is_in_time = thread_time() - start_s < time_limit_s
            values.update(domain.compute(star) if is_in_time else _timed_out(domain))
            if is_in_time:
                companions.update(domain.compute_companions(star))
    companions = {**observation(light), **_search_companions(search), **companions}
    companions["n_features"] = sum(not isinstance(v, Missing) for v in values.values())
    companions["cpu_ms"] = 1000 * (thread_time() - start_s)
    return Record(
        {feature.name: values[feature.name] for feature in FEATURES},
        {companion.name: companions.get(companion.name) for companion in COMPANIONS},
        search.candidates,
    )


def _timed_out(domain: Domain) -> dict[str, Value]:
    return {feature.name: Missing.TIME_OUT for feature in domain.features}


def _search_companions(search: TransitSearch) -> dict[str, CompanionValue]:
    return {"search_reason": None if search.missing is None else str(search.missing)}
