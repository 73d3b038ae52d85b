"""Command line of the measurements: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.archive import ROOT
from benchmarks.balance import balance
from benchmarks.cluster import cluster
from benchmarks.compare import compare
from benchmarks.contenders import (
    CONTENDERS,
    FAULT_CONTENDERS,
    Contender,
    compile_modules,
    other_build,
)
from benchmarks.experiments import (
    EXPERIMENTS,
    OTHER_BUILD,
    XENOSCAN,
    against_other_build,
    quick,
)
from benchmarks.faults import faults
from benchmarks.feature_times import feature_times
from benchmarks.flares import flares
from benchmarks.fuzz import fuzz
from benchmarks.gallery import gallery
from benchmarks.hanging import hanging
from benchmarks.injected_sky import add_injected_sky
from benchmarks.kills import kills
from benchmarks.kinds import kinds
from benchmarks.labels import labels
from benchmarks.live_files import live_files
from benchmarks.packing import packing
from benchmarks.profiling import profile
from benchmarks.promise import Plan, promise
from benchmarks.ranking import add_ranking
from benchmarks.ranking_commands import add_ranking_commands
from benchmarks.reading import reading
from benchmarks.recovery import recovery
from benchmarks.road import add_road
from benchmarks.scaling import FULL, PARTS, QUICK, scaling
from benchmarks.schedule import KINDS as STARS
from benchmarks.schedule import schedule
from benchmarks.soak import soak
from benchmarks.sources import sources
from benchmarks.throttle import throttle
from benchmarks.vetting import vetting
from preprocessing.core.errors import RunError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of the measurements.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process if not given.

    Returns
    -------
    int
        Exit status: 0 measured, 1 something did not run or was lost, 2 bad usage, 130 interrupted.
    """
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except RunError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _compare(arguments: argparse.Namespace) -> None:
    chosen = [e for e in EXPERIMENTS if arguments.only in (None, e.name)]
    contenders = {name: CONTENDERS[name] for name in arguments.contenders}
    if arguments.against is not None:
        chosen = [against_other_build(e) for e in chosen]
        other = other_build(arguments.against, OTHER_BUILD)
        contenders = {XENOSCAN: CONTENDERS[XENOSCAN], OTHER_BUILD: other}
        compile_modules(arguments.against)
    compile_modules(ROOT)
    compare(
        [quick(e) for e in chosen] if arguments.quick else chosen,
        contenders,
        arguments.rounds,
        arguments.data,
        arguments.results,
    )


def _scaling(arguments: argparse.Namespace) -> None:
    plan = replace(QUICK if arguments.quick else FULL, rounds=arguments.rounds)
    parts = [name for name in PARTS if arguments.only in (None, name)]
    scaling(plan, parts, arguments.data, arguments.results)


def _profile(arguments: argparse.Namespace) -> None:
    profile(arguments.stars, arguments.workers, arguments.data, arguments.results)


def _live_files(arguments: argparse.Namespace) -> None:
    live_files(
        arguments.stars, arguments.workers, arguments.rounds, arguments.data, arguments.results
    )


def _kinds(arguments: argparse.Namespace) -> None:
    kinds(arguments.rounds, arguments.peer_stars, arguments.data, arguments.results)


def _reading(arguments: argparse.Namespace) -> None:
    reading(arguments.stars, arguments.rounds, arguments.data, arguments.results)


def _pack(arguments: argparse.Namespace) -> None:
    packing(arguments.stars, arguments.rounds, arguments.real, arguments.data, arguments.results)


def _balance(arguments: argparse.Namespace) -> None:
    balance(arguments.stars, arguments.seed, arguments.results)


def _gallery(arguments: argparse.Namespace) -> None:
    gallery(arguments.labeled, arguments.pictures)


def _recovery(arguments: argparse.Namespace) -> None:
    recovery(
        arguments.injections,
        arguments.peers,
        arguments.seed,
        arguments.labeled,
        arguments.hosts,
        arguments.only,
        arguments.results,
    )


def _features(arguments: argparse.Namespace) -> None:
    feature_times(arguments.real, arguments.rounds, arguments.peers, arguments.results)


def _flares(arguments: argparse.Namespace) -> None:
    flares(arguments.stars, arguments.seed, arguments.real, arguments.results)


def _labels(arguments: argparse.Namespace) -> None:
    tables: dict[str, list[Path]] = {}
    for one in arguments.labels:
        mission, _, table = one.partition("=")
        tables.setdefault(mission, []).append(_absolute(table))
    labels(
        arguments.stars,
        arguments.seed,
        arguments.labeled,
        arguments.hosts,
        tables,
        arguments.results,
    )


def _schedule(arguments: argparse.Namespace) -> None:
    schedule(arguments.stars, arguments.only, arguments.seed, arguments.results)


def _vetting(arguments: argparse.Namespace) -> None:
    vetting(arguments.thousands, arguments.seed, arguments.data, arguments.kept, arguments.results)


def _sources(arguments: argparse.Namespace) -> None:
    sources(arguments.stars, arguments.rounds, arguments.data, arguments.results)


def _cluster(arguments: argparse.Namespace) -> None:
    cluster(
        arguments.workers,
        arguments.stars,
        arguments.rounds,
        arguments.latency,
        arguments.data,
        arguments.results,
    )


def _soak(arguments: argparse.Namespace) -> None:
    soak(arguments.stars, arguments.workers, arguments.data, arguments.results)


def _fuzz(arguments: argparse.Namespace) -> None:
    fuzz(arguments.seconds, arguments.seed, arguments.results)


def _kills(arguments: argparse.Namespace) -> None:
    kills(arguments.kills, arguments.seed, arguments.data, arguments.results)


def _throttle(arguments: argparse.Namespace) -> None:
    throttle(arguments.stars, arguments.data, arguments.results)


def _hanging(arguments: argparse.Namespace) -> None:
    hanging(arguments.stars, arguments.seed, arguments.against, arguments.data, arguments.results)


def _promise(arguments: argparse.Namespace) -> None:
    plan = Plan(
        arguments.targets,
        arguments.kills,
        arguments.outage_minutes,
        arguments.workers,
        arguments.seed,
    )
    promise(plan, arguments.data, arguments.results, arguments.keep)


def _faults(arguments: argparse.Namespace) -> None:
    faults(arguments.contenders, arguments.data, arguments.results)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark",
        description="Measure the scraper and its peers against the embedded archive."
        " benchmarks/README.md says how, and how long it takes.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_measurements(commands)
    _add_trials(commands)
    _add_of_features(commands)
    _add_of_vetting(commands)
    _add_of_search(commands)
    _add_results(add_ranking(commands))
    return parser


def _add_measurements(commands: Commands) -> None:
    """Add what is measured: rates, times, memory."""
    one = commands.add_parser("compare", help="ours and the peers side by side")
    one.set_defaults(run=_compare)
    one.add_argument("--only", choices=[e.name for e in EXPERIMENTS], help="one experiment")
    one.add_argument(
        "--against",
        type=Path,
        metavar="CHECKOUT",
        help="compare with another build of ours instead of the peers: same rounds, same files",
    )
    _add_contenders(one, CONTENDERS)
    _add_sampling(one)
    one = commands.add_parser("scaling", help="against workers, quarters and targets; start, lag")
    one.set_defaults(run=_scaling)
    one.add_argument("--only", choices=list(PARTS), help="one part")
    _add_sampling(one)
    one = commands.add_parser("profile", help="where the time of a run goes, by stage")
    one.set_defaults(run=_profile)
    _add_run(one, stars=200, workers=4)
    one = commands.add_parser("kinds", help="what a star costs, by mission, author and cadence")
    one.set_defaults(run=_kinds)
    one.add_argument("--rounds", type=_positive, default=3, metavar="N", help="repetitions (3)")
    one.add_argument(
        "--peer-stars", type=_positive, default=6, metavar="N", help="of lightkurve's runs (6)"
    )
    _add_folders(one)
    one = commands.add_parser("reading", help="outputs read by us, lightkurve and astropy")
    one.set_defaults(run=_reading)
    one.add_argument("--stars", type=_positive, default=20, metavar="N", help="of each kind (20)")
    one.add_argument("--rounds", type=_positive, default=3, metavar="N", help="repetitions (3)")
    _add_folders(one)
    one = commands.add_parser("pack", help="packed data sets beside other layouts: size and speed")
    one.set_defaults(run=_pack)
    one.add_argument("--stars", type=_positive, default=200, metavar="N", help="synthetic (200)")
    one.add_argument("--rounds", type=_positive, default=3, metavar="N", help="repetitions (3)")
    one.add_argument("--real", type=_absolute, metavar="DIR", help="real files of Kepler, too")
    _add_folders(one)
    one = commands.add_parser("sources", help="the same stars from each source")
    one.set_defaults(run=_sources)
    one.add_argument("--stars", type=_positive, default=100, metavar="N", help="to fetch (100)")
    one.add_argument("--rounds", type=_positive, default=3, metavar="N", help="repetitions (3)")
    _add_folders(one)
    one = commands.add_parser("cluster", help="a download with 1, 2 and 4 workers of a cluster")
    one.set_defaults(run=_cluster)
    one.add_argument(
        "--workers", type=_positive, nargs="+", default=[1, 2, 4], metavar="N", help="(1 2 4)"
    )
    one.add_argument("--stars", type=_positive, default=80, metavar="N", help="to fetch (80)")
    one.add_argument("--rounds", type=_positive, default=3, metavar="N", help="repetitions (3)")
    one.add_argument("--latency", type=float, default=1.0, metavar="S", help="of a file (1)")
    _add_folders(one)
    one = commands.add_parser("soak", help="whether memory grows in a long run")
    one.set_defaults(run=_soak)
    _add_run(one, stars=5000, workers=16)
    one = commands.add_parser("throttle", help="archives that refuse above a number of requests")
    one.set_defaults(run=_throttle)
    one.add_argument("--stars", type=_positive, default=60, metavar="N", help="to fetch (60)")
    _add_folders(one)


def _add_trials(commands: Commands) -> None:
    """Add what is tried: whether anything is lost, or taken for what it is not."""
    one = commands.add_parser("fuzz", help="whether any damaged file is taken for sound")
    one.set_defaults(run=_fuzz)
    one.add_argument("--seconds", type=_positive, default=600, metavar="S", help="how long (600)")
    one.add_argument("--seed", type=int, default=0, metavar="N", help="of the first input (0)")
    _add_results(one)
    one = commands.add_parser("kills", help="whether kill -9 at random moments loses anything")
    one.set_defaults(run=_kills)
    one.add_argument("--kills", type=_positive, default=1000, metavar="N", help="how many (1000)")
    one.add_argument("--seed", type=_positive, default=1, metavar="N", help="of the moments (1)")
    _add_folders(one)
    one = commands.add_parser("live-files", help="runs that leave their status, and that do not")
    one.set_defaults(run=_live_files)
    one.add_argument("--rounds", type=_positive, default=6, metavar="N", help="pairs (6)")
    _add_run(one, stars=200, workers=8)
    one = commands.add_parser("hanging", help="what requests that are never answered cost a run")
    one.set_defaults(run=_hanging)
    one.add_argument("--stars", type=_positive, default=25, metavar="N", help="to fetch (25)")
    one.add_argument("--seed", type=_positive, default=1, metavar="N", help="of what hangs (1)")
    one.add_argument("--against", type=Path, metavar="CHECKOUT", help="another build of ours")
    _add_folders(one)
    one = commands.add_parser("promise", help="very many stars, kills and an outage: nothing lost")
    one.set_defaults(run=_promise)
    add = one.add_argument
    add("--targets", type=_positive, default=150_000, metavar="N", help="stars (150000)")
    add("--kills", type=_positive, default=20, metavar="N", help="how many (20)")
    add("--outage-minutes", type=float, default=60.0, metavar="M", help="without archive (60)")
    add("--workers", type=_positive, default=16, metavar="W", help="at once (16)")
    add("--seed", type=_positive, default=1, metavar="N", help="of kills and samples (1)")
    add("--keep", action="store_true", help="keep the outputs, in DIR/promise")
    _add_folders(one)
    one = commands.add_parser("faults", help="what becomes of a star when something goes wrong")
    one.set_defaults(run=_faults)
    _add_contenders(one, FAULT_CONTENDERS)
    _add_folders(one)


def _add_of_vetting(commands: Commands) -> None:
    """Add what is measured of vetting."""
    one = commands.add_parser("vetting", help="what the vetting of candidates passes")
    one.set_defaults(run=_vetting)
    one.add_argument(
        "--thousands", type=float, default=0.1, metavar="N", help="thousands of stars a set (0.1)"
    )
    one.add_argument("--seed", type=int, default=0, metavar="N", help="of the first star (0)")
    one.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="with real/ and labeled/"
    )
    one.add_argument(
        "--kept", type=Path, required=True, metavar="FILE", help="what the search found, to go on"
    )
    _add_results(one)

    one = commands.add_parser("labels", help="which labels stars of known kinds get")
    one.set_defaults(run=_labels)
    add = one.add_argument
    add("--stars", type=_positive, default=200, metavar="N", help="a kind, twice (200)")
    add("--seed", type=int, default=0, metavar="N", help="of the first star (0)")
    add("--labeled", type=_absolute, required=True, metavar="FOLDER", help="with truth.csv")
    add("--hosts", type=_absolute, metavar="FOLDER", help="real stars with planets")
    add("--labels", nargs="*", default=[], metavar="MISSION=TABLE", help="known objects of hosts")
    _add_results(one)


def _add_of_features(commands: Commands) -> None:
    """Add what is measured and seen of features."""
    one = commands.add_parser("gallery", help="pictures of each feature's lowest and highest stars")
    one.set_defaults(run=_gallery)
    one.add_argument(
        "--labeled", type=Path, required=True, metavar="DIR", help="stars of known kinds"
    )
    one.add_argument(
        "--pictures",
        type=Path,
        default=ROOT / "docs" / "figures" / "gallery",
        metavar="DIR",
        help="where the pictures are written (docs/figures/gallery)",
    )
    one = commands.add_parser("features", help="what the features of real stars cost")
    one.set_defaults(run=_features)
    one.add_argument(
        "--real", type=Path, required=True, metavar="FOLDER", help="files of the missions"
    )
    one.add_argument("--rounds", type=_positive, default=5, metavar="N", help="times a star (5)")
    one.add_argument("--peers", action="store_true", help="time other searches, too")
    _add_results(one)
    one = commands.add_parser("flares", help="which flares are counted")
    one.set_defaults(run=_flares)
    one.add_argument("--stars", type=_positive, default=20, metavar="N", help="a kind (20)")
    one.add_argument("--seed", type=int, default=0, metavar="N", help="of the first star (0)")
    one.add_argument(
        "--real", type=Path, metavar="FOLDER", help="labeled real light, with truth.csv"
    )
    _add_results(one)
    one = commands.add_parser("schedule", help="whether features know how a star was observed")
    one.set_defaults(run=_schedule)
    one.add_argument("--stars", type=_positive, default=400, metavar="N", help="a kind (400)")
    one.add_argument("--only", choices=list(STARS), help="one kind")
    one.add_argument("--seed", type=int, default=0, metavar="N", help="of the first star (0)")
    _add_results(one)


def _add_of_search(commands: Commands) -> None:
    """Add what measures the search for transits."""
    one = commands.add_parser("recovery", help="what the search for transits finds of planets")
    one.set_defaults(run=_recovery)
    one.add_argument("--injections", type=_positive, default=100, metavar="N", help="planets (100)")
    one.add_argument("--labeled", type=Path, metavar="FOLDER", help="real quarters, with truth.csv")
    one.add_argument(
        "--hosts", type=Path, metavar="FOLDER", help="real stars of many quarters, with planets"
    )
    one.add_argument("--only", default="", metavar="TEXT", help="lights with this in their name")
    one.add_argument("--peers", type=int, default=0, metavar="N", help="planets for others (0)")
    one.add_argument("--seed", type=int, default=0, metavar="N", help="of the first star (0)")
    _add_results(one)
    one = commands.add_parser("balance", help="how unequal the events of a candidate may be")
    one.set_defaults(run=_balance)
    one.add_argument("--stars", type=_positive, default=300, metavar="N", help="a kind (300)")
    one.add_argument("--seed", type=int, default=0, metavar="N", help="of the first star (0)")
    _add_results(one)
    _add_results(add_injected_sky(commands))
    _add_results(add_road(commands))
    for one in add_ranking_commands(commands):
        _add_results(one)


def _add_contenders(parser: argparse.ArgumentParser, contenders: Mapping[str, Contender]) -> None:
    def chosen(text: str) -> list[str]:
        names = [name.strip() for name in text.split(",")]
        unknown = [name for name in names if name not in contenders]
        if unknown:
            raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}")
        return names

    parser.add_argument(
        "--contenders",
        type=chosen,
        default=list(contenders),
        metavar="NAMES",
        help=f"with commas between, of: {', '.join(contenders)} (all)",
    )


def _add_run(parser: argparse.ArgumentParser, stars: int, workers: int) -> None:
    add = parser.add_argument
    add("--stars", type=_positive, default=stars, metavar="N", help=f"to fetch ({stars})")
    add("--workers", type=_positive, default=workers, metavar="W", help=f"at once ({workers})")
    _add_folders(parser)


def _add_sampling(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=_positive, default=3, metavar="N", help="repetitions (3)")
    parser.add_argument("--quick", action="store_true", help="see it run; the numbers mean nothing")
    _add_folders(parser)


def _add_folders(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=_absolute,
        default=ROOT / "data" / "benchmarks",
        metavar="DIR",
        help="for synthetic stars and runs (data/benchmarks)",
    )
    _add_results(parser)


def _add_results(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--results",
        type=_absolute,
        default=ROOT / "benchmarks" / "results",
        metavar="DIR",
        help="for the report (benchmarks/results)",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _absolute(text: str) -> Path:
    return Path(text).absolute()


if __name__ == "__main__":
    sys.exit(main())
