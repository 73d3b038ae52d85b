"""What a star costs, by mission, author and cadence, beside lightkurve in a loop."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.archive import Conditions
from benchmarks.contenders import CONTENDERS
from benchmarks.measure import describe_machine
from benchmarks.mirror import Mirror, keep_files
from benchmarks.report import spread, table, write_report
from benchmarks.trial import Outcome, run_trial
from preprocessing.core.errors import RunError
from preprocessing.missions import FAST, LONG, SHORT, Product
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

__all__ = ["KINDS", "Kind", "kinds", "mirror_of"]

_OURS, _PEER = "xenoscan", "download_all"
_WORKERS = 4
#: Among which stars those with enough files are looked for.
_KEPLER_STARS, _OTHER_STARS = 4000, 600


@dataclass(frozen=True)
class Kind:
    """Stars that have so many files of a sort.

    Parameters
    ----------
    title : str
    mission, author, cadence : str
    n_files : int
        Of each star.
    stars : int
        That ours fetches in a run.
    """

    title: str
    mission: str
    author: str
    cadence: str
    n_files: int
    stars: int


KINDS = (
    Kind("Kepler long, 17 quarters", "Kepler", "Kepler", LONG, 17, 40),
    # Few stars were observed for so long, and one of the synthetic ones was.
    Kind("Kepler short, 12 months", "Kepler", "Kepler", SHORT, 12, 1),
    Kind("K2, one campaign", "K2", "K2", LONG, 1, 100),
    Kind("K2SFF, one campaign", "K2", "K2SFF", LONG, 1, 60),
    Kind("TESS 120 s, 4 sectors", "TESS", "SPOC", SHORT, 4, 30),
    Kind("TESS 20 s, 2 sectors", "TESS", "SPOC", FAST, 2, 6),
    Kind("TESS-SPOC, 2 sectors", "TESS", "TESS-SPOC", LONG, 2, 20),
    Kind("QLP, 2 sectors", "TESS", "QLP", LONG, 2, 20),
)


def kinds(rounds: int, peer_stars: int, data: Path, folder: Path) -> None:
    """Fetch stars of each kind, ours and lightkurve's way in turn, and report.

    Parameters
    ----------
    rounds : int
    peer_stars : int
        That lightkurve fetches in a run.
    data : Path
        For the mirrors and the runs.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        The synthetic stars have too few such files.
    """
    rows, record = [], []
    for kind in KINDS:
        mirror = mirror_of(kind, data)
        found: dict[str, list[Outcome]] = {_OURS: [], _PEER: []}
        for number in range(1, rounds + 1):
            for name, stars, connections in (
                (_OURS, kind.stars, _WORKERS),
                (_PEER, min(peer_stars, kind.stars), 1),
            ):
                outcome = run_trial(
                    CONTENDERS[name], connections, mirror.first(stars), Conditions(), data
                )
                found[name].append(outcome)
                print(
                    f"{kind.title}, round {number} of {rounds}: {name}, {outcome.right} of"
                    f" {outcome.stars} right {outcome.complaint}".rstrip(),
                    file=sys.stderr,
                    flush=True,
                )
        rows += [_row(kind, mirror, name, found) for name in found]
        record.append({"kind": kind, "outcomes": found})
    text = table(_HEADERS, rows)
    write_report(folder, "kinds", describe_machine(), [_NOTE, text], record)


_NOTE = (
    "No latency; ours at 4 workers, and lightkurve's `search_lightcurve`, `download_all`, `stitch`"
    " and `to_fits`, one star after the other. CPU and rate are of the whole process, its start"
    " included."
)
_HEADERS = (
    "stars with",
    "MB of files",
    "program",
    "complete and right",
    "stars/s",
    "ours over it",
    "CPU, ms a star",
    "peak memory, MB",
)


def _row(
    kind: Kind, mirror: Mirror, name: str, found: Mapping[str, Sequence[Outcome]]
) -> list[str]:
    outcomes = found[name]
    size = sum(mirror.path(p).stat().st_size for star in mirror.products.values() for p in star)
    over = [a.stars_per_s / b.stars_per_s for a, b in zip(found[_OURS], outcomes, strict=True)]
    return [
        kind.title,
        f"{size / len(mirror.products) / 1e6:.2f}",
        name,
        f"{min(o.right for o in outcomes)} of {outcomes[0].stars}",
        spread([o.stars_per_s for o in outcomes]),
        "" if name == _OURS else spread(over),
        spread([o.cpu_ms_per_star for o in outcomes]),
        spread([o.measured.peak_rss_mb for o in outcomes]),
    ]


def mirror_of(kind: Kind, data: Path) -> Mirror:
    """Make a folder of synthetic stars that have just so many files of a kind.

    Raises
    ------
    RunError
        There are too few.
    """
    holdings = SyntheticHoldings(_KEPLER_STARS, k2_stars=_OTHER_STARS, tess_stars=_OTHER_STARS)
    stars: dict[int, tuple[Product, ...]] = {}
    for key in holdings.star_keys():
        products = _of_kind(holdings.products(key), kind)
        first = next(iter(stars.values()), products)
        # Lightkurve is told one exposure time for all of them.
        if products and products[0].exposure_s == first[0].exposure_s:
            stars[products[0].number] = products
        if len(stars) == kind.stars:
            break
    if len(stars) < kind.stars:
        raise RunError(f"only {len(stars)} synthetic stars are of the kind {kind.title}")
    name = "-".join((kind.author, kind.cadence, str(kind.n_files))).lower()
    return keep_files(data / f"mirror-{name}", stars, holdings)


def _of_kind(products: Sequence[Product], kind: Kind) -> tuple[Product, ...]:
    """Return the first files of a kind, of one exposure time; none if there are too few."""
    wanted = (kind.mission, kind.author, kind.cadence)
    latest: dict[Any, Product] = {
        (p.sequence_number, p.month): p
        for p in sorted(p for p in products if (p.mission, p.author, p.cadence) == wanted)
    }
    of_kind = sorted(latest.values())
    alike = [p for p in of_kind if p.exposure_s == of_kind[0].exposure_s]
    return tuple(alike[: kind.n_files]) if len(alike) >= kind.n_files else ()
