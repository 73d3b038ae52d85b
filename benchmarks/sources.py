"""The same stars from each source: rate, processor time and requests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.archive import Conditions
from benchmarks.contenders import CONTENDERS, Contender, Job, scraper_command
from benchmarks.measure import describe_machine
from benchmarks.mirror import Mirror, make_mirror
from benchmarks.report import spread, table, write_report
from benchmarks.trial import Outcome, run_trial

__all__ = ["sources"]

_WORKERS = 4


def sources(stars: int, rounds: int, data: Path, folder: Path) -> None:
    """Fetch stars from each source in turn, round after round, and report.

    Parameters
    ----------
    stars, rounds : int
    data : Path
        For the mirror and the runs.
    folder : Path
        For the report.
    """
    mirror = make_mirror(data, stars)
    contenders = _contenders(mirror)
    found: dict[str, list[Outcome]] = {contender.name: [] for contender in contenders}
    for number in range(1, rounds + 1):
        for contender in contenders:
            outcome = run_trial(contender, _WORKERS, mirror, Conditions(), data)
            found[contender.name].append(outcome)
            print(
                f"round {number} of {rounds}: {contender.name}, {outcome.right} of"
                f" {outcome.stars} right {outcome.complaint}".rstrip(),
                file=sys.stderr,
                flush=True,
            )
    text = table(_HEADERS, [_row(name, outcomes) for name, outcomes in found.items()])
    write_report(folder, "sources", describe_machine(), [_NOTE, text], found)


_NOTE = (
    f"Stars of 17 quarters at {_WORKERS} workers, no latency; one server shows all three faces, and"
    " the directory is the mirror that it serves."
)
_HEADERS = ("source", "complete and right", "stars/s", "CPU, ms a star", "requests a star")


def _contenders(mirror: Mirror) -> list[Contender]:
    places: dict[str, Callable[[Job], str]] = {
        "mast": lambda job: job.base_url,
        "s3": lambda job: f"s3+{job.base_url}",
        "stsci": lambda job: f"stsci+{job.base_url}",
        "directory": lambda job: str(mirror.root),
    }
    return [
        replace(CONTENDERS["xenoscan"], name=name, command=_command(place))
        for name, place in places.items()
    ]


def _command(place: Callable[[Job], str]) -> Callable[[Job], Sequence[str]]:
    def command(job: Job) -> Sequence[str]:
        return [place(job) if word == job.base_url else word for word in scraper_command(job)]

    return command


def _row(name: str, outcomes: Sequence[Outcome]) -> list[str]:
    asked = [sum(outcome.counts.requests.values()) / outcome.stars for outcome in outcomes]
    return [
        name,
        f"{min(o.right for o in outcomes)} of {outcomes[0].stars}",
        spread([o.stars_per_s for o in outcomes]),
        spread([o.cpu_ms_per_star for o in outcomes]),
        spread(asked),
    ]
