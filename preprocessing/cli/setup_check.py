"""Check a set-up: five different stars with two workers, and whether all came out as they must."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from astropy.io import fits
from astropy.io.fits.verify import VerifyError
from astropy.utils.exceptions import AstropyUserWarning

from preprocessing.acquire.archives import Archive, StarFiles, open_archive
from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.acquire.runs.search import list_holdings, search_batch
from preprocessing.acquire.runs.summary import RunSummary, bottleneck
from preprocessing.acquire.settings import Limits
from preprocessing.core.outcomes import TargetOutcome, describe_failures, parse_failures
from preprocessing.core.reasons import Reason
from preprocessing.missions import LONG, alternative_products
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import TargetList, parse_target
from preprocessing.network.retry import RetryPolicy
from preprocessing.network.source_names import EMBEDDED, MAST
from preprocessing.simulator.faults.plan import FaultPlan
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.system.waiting import Sleep

__all__ = [
    "MAST_STARS",
    "MEMORY_BUDGET_BYTES",
    "CheckReport",
    "CheckStar",
    "check_setup",
    "choose_stars",
    "describe_check",
    "find_problems",
    "output_problem",
]

#: What the program may take of a machine's memory.
MEMORY_BUDGET_BYTES = 4 * 10**9
_WORKERS = 2
_N_STARS = 5
#: Among how many of an archive's first stars the five are looked for.
_N_SEARCHED = 300
#: Catalog of the stars that are checked: the usual mission's.
_CATALOG = Recipe().mission.catalog
#: The damaged file stays damaged: one more try shows that there is one.
_RETRIES_OF_DAMAGE = 1


@dataclass(frozen=True)
class CheckStar:
    """One star of the check, and what must become of it.

    Parameters
    ----------
    target : str
        Name of the star, as the run is asked for it.
    role : str
        What sort of star it is, for a person.
    damaged : str
        The quarter that the archive gives damaged, as ``Q9``; empty if none is.
    """

    target: str
    role: str
    damaged: str = ""

    @property
    def expected_reason(self) -> Reason:
        """What the star's outcome must be."""
        return Reason.PARTIAL if self.damaged else Reason.COMPLETE

    @property
    def expected_error(self) -> str:
        """What the `error` of its outcome must be."""
        return describe_failures([(self.damaged, Reason.CORRUPT)]) if self.damaged else ""


#: Real stars. Which quarters there are of each is what the directories of
#: https://archive.stsci.edu/missions/kepler/lightcurves/ list; noise is column
#: rrmscdpp06p0 of the DR25 stellar table of the NASA Exoplanet Archive, where the last
#: star has 79 ppm on 6 hours, as faint stars have.
MAST_STARS = (
    CheckStar("KIC 8644288", "all 18 quarters"),
    CheckStar("KIC 9465763", "one quarter"),
    CheckStar("KIC 6462863", "9 quarters with long gaps"),
    CheckStar("KIC 11442793", "Kepler-90, on module 3"),
    CheckStar("KIC 2970010", "faint and noisy"),
)


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Parameters
    ----------
    stars : tuple of CheckStar
        The stars that were downloaded.
    outcomes : mapping of str to TargetOutcome
        By `CheckStar.target`.
    summary : RunSummary
        The counts and timings of the run.
    problems : tuple of str
        What is not as it must be; none means that the set-up passed.
    """

    stars: tuple[CheckStar, ...]
    outcomes: Mapping[str, TargetOutcome]
    summary: RunSummary
    problems: tuple[str, ...]

    @property
    def n_timeouts(self) -> int:
        """Quarters that were given up because nothing moved."""
        return sum(_count_timeouts(outcome) for outcome in self.outcomes.values())


def check_setup(
    source: str,
    output_dir: Path,
    timeout_s: float = Limits.timeout_s,
    on_start: Callable[[Sequence[CheckStar]], None] = lambda stars: None,
    on_outcome: Callable[[TargetOutcome], None] = lambda outcome: None,
) -> CheckReport:
    """Download five stars, and check the results.

    Parameters
    ----------
    source : str
        ``embedded``, ``mast``, an ``http://`` address or a directory. The embedded
        archive gives one quarter of the fifth star damaged, whenever it is asked.
    output_dir : Path
        Where light curves and ``download_results.csv`` are left.
    timeout_s : float
        Seconds without progress after which a star is given up.
    on_start : callable
        Told the stars before they are downloaded.
    on_outcome : callable
        Told of each star as it ends.

    Raises
    ------
    UsageError
        The source is unknown, or files of another run are in the output folder.
    RunError
        The archive cannot be reached or searched, or the disk cannot be written.
    """
    if source != EMBEDDED:
        return asyncio.run(
            _check(source, None, Limits(_WORKERS, timeout_s), output_dir, on_start, on_outcome)
        )
    holdings = SyntheticHoldings()
    faults = FaultPlan()
    stars = _synthetic_stars(holdings, faults)
    limits = Limits(_WORKERS, timeout_s, _RETRIES_OF_DAMAGE)
    with ArchiveThread(holdings, faults=faults) as archive:
        return asyncio.run(
            _check(archive.base_url, stars, limits, output_dir, on_start, on_outcome)
        )


async def choose_stars(archive: Archive, sleep: Sleep = asyncio.sleep) -> tuple[CheckStar, ...]:
    """Choose up to five stars, as different as the first few hundred of an archive allow.

    Parameters
    ----------
    archive : Archive
        Where the stars come from.
    sleep : callable
        `asyncio.sleep`, unless a test passes another.

    Raises
    ------
    RunError
        The archive cannot be searched, or has no star.
    """
    policy = RetryPolicy()
    targets = (await list_holdings(_N_SEARCHED, archive, Recipe(), policy, sleep)).targets
    answers = await search_batch(targets, archive, Recipe(), policy, sleep)
    found = ((target.name, answers[target.key]) for target in targets)
    left = {name: star for name, star in found if isinstance(star, StarFiles)}
    chosen: list[CheckStar] = []
    for role, merit in _ROLES:
        best = max(left, key=lambda name: merit(left[name]), default="")
        if best and merit(left[best]) > 0:
            chosen.append(CheckStar(best, role))
            del left[best]
    others = list(left)[: _N_STARS - len(chosen)]
    return (*chosen, *(CheckStar(name, "another star") for name in others))


def describe_check(report: CheckReport) -> Iterator[str]:
    """Yield what a check found, for a person; the last line begins PASSED or FAILED."""
    summary, tally = report.summary, report.summary.tally
    yield (
        f"Success:    {tally.succeeded} of {tally.done} stars have a light curve"
        f" ({tally.succeeded / max(tally.done, 1):.0%}), in {summary.seconds:.1f} s"
    )
    yield (
        f"Memory:     {summary.peak_rss_bytes / 1e6:.0f} MB at most, of a budget of"
        f" {MEMORY_BUDGET_BYTES / 1e6:.0f} MB"
    )
    yield f"Time-outs:  {report.n_timeouts} quarters; {tally.retries} requests were made again"
    shares = ", ".join(f"{stage} {share:.0%}" for stage, share in summary.stages.items())
    yield f"Bottleneck: {bottleneck(summary)} ({shares})"
    for problem in report.problems:
        yield f"Problem:    {problem}"
    yield _verdict(report)


def output_problem(path: Path, n_rows: int) -> str:
    """Return what is wrong with an output file, as astropy reads it; empty if nothing is.

    Parameters
    ----------
    path : Path
        The output.
    n_rows : int
        How many rows its light curve should have.
    """
    try:
        with warnings.catch_warnings():
            # A wrong checksum is a warning of astropy's.
            warnings.simplefilter("error", AstropyUserWarning)
            # Opened here, since astropy leaves a file open on which it gives up.
            with open(path, "rb") as file, fits.open(file, checksum=True, memmap=False) as hdus:
                hdus.verify("exception")
                found = len(hdus["LIGHTCURVE"].data)
                unsummed = [hdu.name for hdu in hdus if "CHECKSUM" not in hdu.header]
    except (OSError, KeyError, TypeError, ValueError, VerifyError, AstropyUserWarning) as error:
        return f"{path.name} cannot be read: {' '.join(str(error).split())}"
    if unsummed:
        return f"{path.name} has no checksum in {', '.join(unsummed)}"
    if found != n_rows or found == 0:
        return f"{path.name} has {found} rows, and its record says {n_rows}"
    return ""


def find_problems(
    stars: Sequence[CheckStar], outcomes: Mapping[str, TargetOutcome], summary: RunSummary
) -> Iterator[str]:
    """Yield what is not as it must be: outcomes, output files, memory.

    Parameters
    ----------
    stars : sequence of CheckStar
        The stars that were downloaded.
    outcomes : mapping of str to TargetOutcome
        By `CheckStar.target`.
    summary : RunSummary
        The counts of the run.
    """
    for star in stars:
        outcome = outcomes[star.target]
        # Without the causes, which name bytes.
        error = describe_failures(parse_failures(outcome.error)) if star.damaged else outcome.error
        if (outcome.reason, error) != (star.expected_reason, star.expected_error):
            yield (
                f"{star.target} ({star.role}) is {_what(outcome.reason, outcome.error)}, and"
                f" should be {_what(star.expected_reason, star.expected_error)}"
            )
        if outcome.success:
            problem = output_problem(Path(outcome.filepath), outcome.n_points)
            if problem:
                yield problem
    if summary.peak_rss_bytes > MEMORY_BUDGET_BYTES:
        yield f"{summary.peak_rss_bytes / 1e6:.0f} MB of memory are over the budget"


async def _check(
    source: str,
    stars: tuple[CheckStar, ...] | None,
    limits: Limits,
    output_dir: Path,
    on_start: Callable[[Sequence[CheckStar]], None],
    on_outcome: Callable[[TargetOutcome], None],
) -> CheckReport:
    outcomes: dict[str, TargetOutcome] = {}

    def keep(outcome: TargetOutcome) -> None:
        outcomes[outcome.target_id] = outcome
        on_outcome(outcome)

    downloader = AsyncDownloader(
        output_dir,
        limits.workers,
        limits.timeout_s,
        results_path=output_dir / "download_results.csv",
        retries=limits.retries,
    )
    async with open_archive(source, limits.workers) as archive:
        if stars is None:
            stars = MAST_STARS if source == MAST else await choose_stars(archive)
        on_start(stars)
        summary = await downloader.run(
            TargetList(tuple(parse_target(star.target) for star in stars)),
            Recipe(),
            archive,
            on_outcome=keep,
        )
    return CheckReport(stars, outcomes, summary, tuple(find_problems(stars, outcomes, summary)))


def _what(reason: Reason, error: str) -> str:
    return f"{reason} ({error})" if error else str(reason)


def _verdict(report: CheckReport) -> str:
    if report.problems:
        return (
            f"FAILED: {len(report.problems)} problem{'s'[: len(report.problems) > 1]}, see above."
        )
    damaged = [star.damaged for star in report.stars if star.damaged]
    noticed = f"; the damaged {', '.join(damaged)} was noticed and left out" if damaged else ""
    return f"PASSED: {len(report.stars)} stars came out as they should{noticed}."


def _count_timeouts(outcome: TargetOutcome) -> int:
    return sum(reason is Reason.TIMEOUT for _, reason in parse_failures(outcome.error))


def _synthetic_stars(holdings: SyntheticHoldings, faults: FaultPlan) -> tuple[CheckStar, ...]:
    """Choose five synthetic stars, and let a quarter of the last be damaged forever."""
    examples = holdings.examples()
    damaged = holdings.star(examples["planet"])
    files = [product for product in damaged.products if product.cadence == LONG]
    broken = files[len(files) // 2]
    faults.script("flip", match=broken.file_name, times=None)
    return (
        CheckStar(f"{_CATALOG} {examples['many_quarters']}", "many quarters"),
        CheckStar(f"{_CATALOG} {examples['single_quarter']}", "one quarter"),
        CheckStar(f"{_CATALOG} {examples['gaps']}", "gaps"),
        CheckStar(f"{_CATALOG} {examples['module_3']}", "on module 3"),
        CheckStar(
            f"{_CATALOG} {damaged.number}", f"{broken.label} is damaged on purpose", broken.label
        ),
    )


def _n_missing_between(star: StarFiles) -> int:
    quarters = {product.sequence_number for product in star.products}
    return max(quarters) - min(quarters) + 1 - len(quarters)


def _is_on_module_3(star: StarFiles) -> bool:
    # The quarter in which the module failed has a longer file for stars on other modules.
    return any(
        other.stamp > product.stamp
        for product in star.products
        for other in alternative_products(product)
    )


#: What a star can show, and how much of it; none at 0.
_ROLES: tuple[tuple[str, Callable[[StarFiles], int]], ...] = (
    ("many quarters", lambda star: star.n_expected if star.n_expected > 1 else 0),
    ("one quarter", lambda star: int(star.n_expected == 1)),
    ("on module 3", lambda star: int(_is_on_module_3(star))),
    ("gaps", _n_missing_between),
)
