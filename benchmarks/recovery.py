"""What the search for transits finds of planets put into light, and how often it finds none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import thread_time
from typing import TypeAlias

import numpy as np

from benchmarks.injections import BaseLight, Planet, planet_in
from benchmarks.measure import describe_machine
from benchmarks.noise import CADENCE_D, KINDS, fitted_noise, noisy_light
from benchmarks.real_light import inverted, masked_hosts, quiet_stars, rotators, scrambled
from benchmarks.report import share, table, write_report
from benchmarks.transit_peers import PEERS
from preprocessing.analysis.light import Light
from preprocessing.features.transit_search import search_transits
from preprocessing.validation.binomial import interval

__all__ = ["recovery"]

_BASELINE_D = 1470.0
#: Ratios of signal to noise that are told apart.
_BINS = ((7.5, 9.0), (9.0, 12.0), (12.0, 15.0))
#: Other searches look for planets in this light.
_COMPARED = "17 quiet quarters"
_OURS, _ALARM = "xenoscan", "alarm"
#: Rows of finished searches, to which an interrupted run adds.
_ROWS = "recovery-rows.jsonl"

#: Light without planets of each number; None where there is no more of it.
_Star: TypeAlias = Callable[[int], Callable[[], Light] | None]


@dataclass(frozen=True)
class _Row:
    """One search of one star: for its planet, or for none (a ratio of zero)."""

    light: str
    search: str
    seed: int
    ratio: float
    period_d: float
    found: bool
    seconds: float

    @property
    def key(self) -> tuple[str, str, int]:
        return self.light, self.search, self.seed


def recovery(
    injections: int,
    peers: int,
    seed: int,
    labeled: Path | None,
    hosts: Path | None,
    only: str,
    folder: Path,
) -> None:
    """Put planets into light and search, search light without planets, and report.

    Parameters
    ----------
    injections : int
        Planets of each kind of light, and stars without planets.
    peers : int
        Planets in real light that other searches look for, too.
    seed : int
        Of the first star.
    labeled : Path or None
        Folder of real quarters with known answers.
    hosts : Path or None
        Folder of real light of many quarters; its planets stand in `truth.csv` of `labeled`.
    only : str
        Only lights whose name has this in it are searched; all of the rows there are reported.
    folder : Path
        For the rows of single searches, to which an interrupted run adds, and for the report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _ROWS
    lines = path.read_text().splitlines() if path.exists() else []
    rows = [_Row(**json.loads(line)) for line in lines]
    done = {row.key for row in rows}
    jobs = _jobs(injections, peers, seed, labeled, hosts)
    with path.open("a") as stream:
        for (light, search, number), run in jobs:
            if only in light and (light, search, number) not in done:
                rows.append(run())
                stream.write(json.dumps(asdict(rows[-1])) + "\n")
                stream.flush()
    _report(rows, folder)


def _jobs(
    injections: int, peers: int, seed: int, labeled: Path | None, hosts: Path | None
) -> Iterator[tuple[tuple[str, str, int], Callable[[], _Row]]]:
    """Yield key and search of each star, of all lights in turns."""
    with_planets = dict(_lights_for_planets(labeled, hosts))
    without = dict(_lights_without_planets(labeled, hosts))
    for i in range(seed, seed + injections):
        for name, base in with_planets.items():
            for search in (_OURS, *(PEERS if name == _COMPARED and i < seed + peers else ())):
                yield (name, search, i), partial(_planet, name, base, search, i)
        for name, star in without.items():
            light = star(i)
            if light is not None:
                yield (name, _ALARM, i), partial(_alarm, name, light, i)


def _planet(name: str, base: BaseLight, search: str, seed: int) -> _Row:
    """Return whether a search finds one planet."""
    planet = planet_in(base, seed, _BINS[seed % len(_BINS)])
    if search == _OURS:
        found, seconds = _ours(planet)
    else:
        period, seconds = PEERS[search](planet.light)
        found = planet.is_at(period)
    return _Row(name, search, seed, planet.ratio, planet.period_d, found, seconds)


def _ours(planet: Planet) -> tuple[bool, float]:
    started = thread_time()
    found = search_transits(planet.light)
    seconds = thread_time() - started
    return any(one.passes and planet.is_at(one.period_d) for one in found.candidates), seconds


def _alarm(name: str, star: Callable[[], Light], seed: int) -> _Row:
    """Return whether light without planets has a candidate that passes."""
    light = star()
    started = thread_time()
    passing = [one for one in search_transits(light).candidates if one.passes]
    seconds = thread_time() - started
    period = float(passing[0].period_d) if passing else 0.0
    return _Row(name, _ALARM, seed, 0.0, period, bool(passing), seconds)


def _lights_for_planets(
    labeled: Path | None, hosts: Path | None
) -> Iterator[tuple[str, BaseLight]]:
    for kind in KINDS:
        yield f"noise, {kind}, 1,470 d", _noise(kind)
    if labeled:
        yield _COMPARED, _one_of(quiet_stars(labeled))
        yield "quarters of rotators", _one_of(rotators(labeled))
    if labeled and hosts:
        masked = masked_hosts(hosts, labeled / "truth.csv")
        yield "long hosts, planets masked", _one_of(masked)
        yield "noise fitted to them", _fitted(masked)


def _lights_without_planets(
    labeled: Path | None, hosts: Path | None
) -> Iterator[tuple[str, _Star]]:
    for kind in KINDS:
        yield f"noise, {kind}, 1,470 d", _random(_noise(kind))
    if labeled:
        quiet = quiet_stars(labeled)
        upside_down = [inverted(one) for one in quiet]
        yield "17 quiet quarters", _in_turn(quiet)
        yield "17 quiet quarters inverted", _in_turn(upside_down)
        yield "quiet quarters scrambled", _random(_scrambled(quiet))
        yield "quiet quarters inverted and scrambled", _random(_scrambled(upside_down))
    if labeled and hosts:
        masked = masked_hosts(hosts, labeled / "truth.csv")
        yield "long hosts scrambled", _random(_scrambled(masked))
        inverted_hosts = [inverted(one) for one in masked]
        yield "long hosts inverted and scrambled", _random(_scrambled(inverted_hosts))


def _in_turn(lights: Sequence[Light]) -> _Star:
    return lambda i: (lambda: lights[i]) if i < len(lights) else None


def _random(base: BaseLight) -> _Star:
    return lambda i: lambda: base(np.random.default_rng(i))


def _noise(kind: str) -> BaseLight:
    days = np.arange(0, _BASELINE_D, CADENCE_D)
    return lambda rng: noisy_light(rng, days, kind)


def _one_of(lights: Sequence[Light]) -> BaseLight:
    return lambda rng: lights[int(rng.integers(len(lights)))]


def _fitted(lights: Sequence[Light]) -> BaseLight:
    return lambda rng: fitted_noise(rng, lights[int(rng.integers(len(lights)))])


def _scrambled(lights: Sequence[Light]) -> BaseLight:
    return lambda rng: scrambled(lights[int(rng.integers(len(lights)))], rng)


def _report(rows: list[_Row], folder: Path) -> None:
    found = list(_by_ratio([row for row in rows if row.search == _OURS]))
    parts = [
        "Planets of 0.5 d to 300 d or a third of the light, with at least three transits,"
        " limb-darkened, put in before the trend is removed; the share that is found with its 95 %"
        " interval, by true ratio of signal to noise.",
        table(("light", "planets", *map(_range, _BINS), "seconds"), found),
    ]
    alarms = list(_alarms([row for row in rows if row.search == _ALARM]))
    parts += [
        "Light without planets, how much of it has a candidate that passes, and the share in"
        " percent with its 95 % interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209):",
        table(("light", "stars", "false alarms", "percent"), alarms),
    ]
    shared = {row.seed for row in rows if row.search in PEERS}
    chosen = [row for row in rows if row.light == _COMPARED and row.seed in shared]
    compared = [
        (search, *line[1:])
        for search in (_OURS, *PEERS)
        for line in _by_ratio([row for row in chosen if row.search == search])
    ]
    if compared:
        parts += [
            f"The same {len(shared)} planets in the quiet quarters, searched by others:",
            table(("search", "planets", *map(_range, _BINS), "seconds"), compared),
        ]
    record = {"found": found, "false alarms": alarms, "compared": compared}
    write_report(folder, "recovery", describe_machine(), parts, record)


def _range(ratios: tuple[float, float]) -> str:
    return f"{ratios[0]:g}-{ratios[1]:g}"


def _by_ratio(rows: Sequence[_Row]) -> Iterator[tuple[str, ...]]:
    """Yield of each light how many planets it had, and the shares that were found."""
    for light in dict.fromkeys(row.light for row in rows):
        chosen = [row for row in rows if row.light == light]
        shares = []
        for low, high in _BINS:
            found = [row.found for row in chosen if low <= row.ratio < high]
            shares.append(share(sum(found), len(found)))
        seconds = np.median([row.seconds for row in chosen])
        yield light, str(len(chosen)), *shares, f"{seconds:.2f}"


def _alarms(rows: Sequence[_Row]) -> Iterator[tuple[str, ...]]:
    """Yield of each light how many stars it had, and how many had a candidate that passes."""
    for light in dict.fromkeys(row.light for row in rows):
        found = [row.found for row in rows if row.light == light]
        n, k = len(found), sum(found)
        low, high = (100 * one for one in interval(k, n))
        yield light, str(n), str(k), f"{100 * k / n:.1f} ({low:.1f}-{high:.1f})"
