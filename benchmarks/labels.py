"""Which labels stars of known kinds get: real ones, simulated ones, and flares put into light."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.flare_trials import MINUTE_D, flares_found, flaring
from benchmarks.labeled_stars import real_kinds, real_rows, simulated
from benchmarks.measure import describe_machine
from benchmarks.real_light import quiet_stars
from benchmarks.report import share, table, write_report
from benchmarks.simulated_kinds import KINDS, LONG_EXPOSURE_D, draw
from preprocessing.analysis.light import Light
from preprocessing.vetting.event import EventKind
from preprocessing.vetting.vetting import Vetted

__all__ = ["labels"]

_NONE = "none"
#: Columns of the matrices, in the order in which a star's first label counts.
_COLUMNS = ("rr_lyrae", "delta_scuti", "gamma_doradus", "eclipses", "contact", "rotation", _NONE)
_INSTRUMENT = ("instrument_line", "flagged_times", "edges", "steps", "coincidence")
_BINARY, _PULSATOR = ("eclipses", "contact"), ("delta_scuti", "gamma_doradus")
#: What is right for each kind; others have no right answer that light alone could give.
_RIGHT = {
    "quiet": (_NONE,),
    "giant": (_NONE,),
    "planet": (_NONE,),
    "rotator": ("rotation",),
    "flare star": ("rotation",),
    "eclipses": _BINARY,
    "contact": _BINARY,
    "ellipsoidal": _BINARY,
    "binary": _BINARY,
    "RR Lyrae": ("rr_lyrae",),
    "RR Lyrae ab": ("rr_lyrae",),
    "RR Lyrae c": ("rr_lyrae",),
    "delta Scuti": _PULSATOR,
    "high amplitude": ("delta_scuti",),
    "gamma Doradus": _PULSATOR,
}
#: Least share that is right, where there is a goal; of the quiet, one of 17 may have a label.
_GOALS = {
    "binary": "0.90",
    "quiet": "16 of 17",
    **dict.fromkeys(("RR Lyrae", "RR Lyrae ab", "RR Lyrae c", "delta Scuti"), "1"),
    **dict.fromkeys(("eclipses", "contact", "ellipsoidal"), "0.90"),
}
_REAL, _BRIGHT, _FAINT = "real", "simulated", "simulated, down to the noise"
_FLARES, _HOSTS = "flares", "hosts"
#: Ranges of light over the noise of a point that faint stars are drawn with and told apart by.
_RATIOS = ((1.0, 3.0), (3.0, 10.0), (10.0, 30.0), (30.0, 100.0))
_ROWS = "labels-rows.jsonl"
#: Kinds of light that flares are put into, and of how many stars in a hundred.
_FLARE_LIGHTS = (
    ("quiet", LONG_EXPOSURE_D, 60),
    ("rotator", LONG_EXPOSURE_D, 60),
    ("quiet", MINUTE_D, 10),
    ("rotator", MINUTE_D, 10),
)
_REAL_QUIET = "real stars that no catalog names"


@dataclass(frozen=True)
class _Row:
    """One star: its kind, its labels, and what was found of the flares put into its light."""

    part: str
    kind: str
    name: str
    labels: str
    #: Range over noise; of flares, the third highest point of each.
    ratio: float = 0.0
    flares: int = 0
    thirds: tuple[float, ...] = ()
    found: tuple[bool, ...] = ()
    others: int = 0
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.part, self.kind, self.name

    @property
    def first(self) -> str:
        """The first label of what the star does."""
        given = self.labels.split("+")
        return next((one for one in _COLUMNS if one in given), _NONE)

    @property
    def is_right(self) -> bool:
        return self.first in _RIGHT.get(self.kind, ())


def labels(
    stars: int,
    seed: int,
    labeled: Path,
    hosts: Path | None,
    tables: Mapping[str, Sequence[Path]],
    folder: Path,
) -> None:
    """Label stars of known kinds, and report how often which kind gets which label.

    Parameters
    ----------
    stars : int
        Simulated stars of each kind, and as many fainter ones.
    seed : int
        Of the first star.
    labeled : Path
        Real quarters with known answers.
    hosts : Path or None
        Files of real stars with planets, of all missions.
    tables : mapping of str to sequence of Path
        Missions whose hosts are labeled, and tables of known objects that these are matched with.
    folder : Path
        For the rows of single stars, to which an interrupted run adds, and for the report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _ROWS
    lines = path.read_text().splitlines() if path.exists() else []
    rows = [_row_of(json.loads(line)) for line in lines]
    done = {row.key for row in rows}
    with path.open("a") as stream:

        def add(row: _Row) -> None:
            rows.append(row)
            stream.write(json.dumps(asdict(row)) + "\n")
            stream.flush()

        if not any(row.part == _REAL for row in rows):
            for row in _of_real(labeled):
                add(row)
        for key, run in _jobs(stars, seed, labeled):
            if key not in done:
                add(run())
        if hosts and not any(row.part == _HOSTS for row in rows):
            for row in _of_hosts(hosts, tables):
                add(row)
    _report(rows, folder)


def _row_of(record: dict[str, Any]) -> _Row:
    lists = {name: tuple(record[name]) for name in ("thirds", "found")}
    return _Row(**{**record, **lists})


def _of_real(labeled: Path) -> Iterator[_Row]:
    """Yield the real stars, vetted by the commands."""
    kinds = real_kinds(labeled)
    with tempfile.TemporaryDirectory() as work:
        for row in real_rows(labeled, "Kepler", Path(work) / "labeled", ()):
            name = str(row["name"])
            kind = kinds.get(name.replace(" ", ""), "unknown")
            flares = int(row["flare_count"] or 0)
            yield _Row(_REAL, kind, name, str(row["labels"]), flares=flares, note=_note(row))


def _of_hosts(hosts: Path, tables: Mapping[str, Sequence[Path]]) -> Iterator[_Row]:
    """Yield real stars with planets, beside what is known of them."""
    names = ("known_planets", "known_planet_matches", "known_planet_missed")
    with tempfile.TemporaryDirectory() as work:
        for mission, known in tables.items():
            for row in real_rows(hosts, mission, Path(work), known):
                note = "; ".join(f"{name[6:]} {row[name]}" for name in names if row[name])
                yield _Row(_HOSTS, mission, str(row["name"]), str(row["labels"]), note=note)


def _note(row: dict[str, Any]) -> str:
    """Return what was measured that matters for the labels."""
    names = ("eclipse_period", "eclipse_signs", "eclipse_morphology", "rotation_period")
    return ", ".join(f"{name} {row[name]}" for name in names if row[name] is not None)


def _jobs(
    stars: int, seed: int, labeled: Path
) -> Iterator[tuple[tuple[str, str, str], Callable[[], _Row]]]:
    """Yield key and trial of each simulated star, of all kinds in turns."""
    quiet = quiet_stars(labeled)
    for i in range(seed, seed + stars):
        for kind in KINDS:
            for part in (_BRIGHT, _FAINT):
                yield (part, kind, str(i)), partial(_simulated, part, kind, i)
        for kind, exposure_d, hundredth in _FLARE_LIGHTS:
            if 100 * (i - seed) < hundredth * stars:
                light = f"{kind}, {1440 * exposure_d:.0f} min"
                yield (_FLARES, light, str(i)), partial(_flaring, kind, light, i, exposure_d, None)
        if i - seed < len(quiet):
            base = quiet[i - seed]
            run = partial(_flaring, "quiet", _REAL_QUIET, i, base.cadence_d, base)
            yield (_FLARES, _REAL_QUIET, str(i)), run


def _simulated(part: str, kind: str, seed: int) -> _Row:
    ratios = (_RATIOS[0][0], _RATIOS[-1][1]) if part == _FAINT else None
    drawn = draw(kind, np.random.default_rng(seed), ratios=ratios)
    vetted, evidence = simulated(drawn.light)
    period, found = drawn.truth.get("period_d", np.nan), evidence.get("eclipse_period")
    note = f"{period:.4f} d, {found} d" if found else ""
    return _Row(
        part,
        kind,
        str(seed),
        _given(vetted),
        float(drawn.truth["ratio"]),
        len(_starts(vetted)[0]),
        note=note,
    )


def _flaring(kind: str, light: str, seed: int, exposure_d: float, base: Light | None) -> _Row:
    given = flaring(kind, seed, exposure_d, base)
    vetted, _ = simulated(given.light)
    starts, ends = _starts(vetted)
    found, others = flares_found(given, starts, ends, exposure_d)
    thirds = tuple(map(float, given.thirds))
    return _Row(
        _FLARES, light, str(seed), _given(vetted), 0.0, len(starts), thirds, tuple(found), others
    )


def _given(vetted: Vetted) -> str:
    return "+".join(str(one.label) for one in vetted.findings.values() if one.is_given)


def _starts(vetted: Vetted) -> tuple[Any, Any]:
    """Return when flares begin and end."""
    own = [one for one in vetted.events if one.kind is EventKind.FLARE]
    return np.array([one.start_d for one in own]), np.array([one.end_d for one in own])


def _report(rows: Sequence[_Row], folder: Path) -> None:
    parts = []
    for part in (_REAL, _BRIGHT, _FAINT):
        chosen = [row for row in rows if row.part == part]
        parts += [
            f"**{part}**: kind by first label. Flares and what the instrument does beside.",
            table(
                ("kind", "stars", *_COLUMNS, "flares", "instrument", "right", "goal"),
                _matrix(chosen),
            ),
        ]
    faint = [row for row in rows if row.part == _FAINT]
    parts += ["Right, by range over noise:", table(("kind", *map(_range, _RATIOS)), _by(faint))]
    header = ("light", "stars", "flares", "third point > 1 sigma", "> 1.5", "> 3", "others a star")
    flared = [row for row in rows if row.part == _FLARES]
    parts += ["Flares put into light:", table((*header, "labeled"), _of_flares(flared))]
    misses = [
        (row.kind, row.name, row.labels or _NONE, row.note)
        for row in rows
        if row.part == _REAL and row.kind in _RIGHT and not row.is_right
    ]
    parts += ["Real stars whose first label is not right:"]
    parts += [table(("kind", "star", "labels", "measured"), misses)]
    of_hosts = [(row.name, row.labels, row.note) for row in rows if row.part == _HOSTS]
    if of_hosts:
        parts += ["Hosts:", table(("star", "labels", "known"), of_hosts)]
    seeds = _missed_seeds([row for row in rows if row.part == _BRIGHT])
    parts += ["Seeds of simulated stars whose first label is not right:"]
    parts += [table(("kind", "seeds"), seeds)]
    write_report(folder, "labels", describe_machine(), parts, list(rows))


def _matrix(rows: Sequence[_Row]) -> Iterator[tuple[str, ...]]:
    for kind in dict.fromkeys(row.kind for row in rows):
        own = [row for row in rows if row.kind == kind]
        first = Counter(row.first for row in own)
        given = Counter(one for row in own for one in set(row.labels.split("+")))
        by_instrument = sum(bool({*row.labels.split("+")} & {*_INSTRUMENT}) for row in own)
        right = share(sum(row.is_right for row in own), len(own)) if kind in _RIGHT else ""
        counts = (str(first[one] or "") for one in _COLUMNS)
        flares, goal = str(given["flares"]), _GOALS.get(kind, "")
        yield kind, str(len(own)), *counts, flares, str(by_instrument), right, goal


def _range(ratios: tuple[float, float]) -> str:
    return f"{ratios[0]:g}-{ratios[1]:g}"


def _by(rows: Sequence[_Row]) -> Iterator[tuple[str, ...]]:
    for kind in dict.fromkeys(row.kind for row in rows):
        own = [row for row in rows if row.kind == kind]
        bins = ([row for row in own if low <= row.ratio < high] for low, high in _RATIOS)
        yield kind, *(share(sum(row.is_right for row in one), len(one)) for one in bins)


def _of_flares(rows: Sequence[_Row]) -> Iterator[tuple[str, ...]]:
    for light in dict.fromkeys(row.kind for row in rows):
        own = [row for row in rows if row.kind == light]
        thirds = np.array([one for row in own for one in row.thirds])
        found = np.array([one for row in own for one in row.found], dtype=bool)
        shares = []
        for least in (1.0, 1.5, 3.0):
            is_used = thirds >= least
            shares.append(share(int(found[is_used].sum()), int(is_used.sum())))
        others = sum(row.others for row in own) / len(own)
        labeled = sum("flares" in row.labels.split("+") for row in own)
        yield (
            light,
            str(len(own)),
            str(len(found)),
            *shares,
            f"{others:.2f}",
            share(labeled, len(own)),
        )


def _missed_seeds(rows: Sequence[_Row]) -> Iterator[tuple[str, ...]]:
    for kind in dict.fromkeys(row.kind for row in rows):
        missed = [row for row in rows if row.kind == kind and not row.is_right]
        yield kind, ", ".join(f"{row.name} ({row.first})" for row in missed)
