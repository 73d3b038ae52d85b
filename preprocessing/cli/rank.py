"""``xenoscan rank``: rank the stars of a data set by how strange they are, and say why."""

from __future__ import annotations

import argparse
import asyncio
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import OK
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.random_seed import require_seed
from preprocessing.cli.terminal import say
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.remote_path import require_no_url

if TYPE_CHECKING:
    from preprocessing.anomalies.drift import Drift
    from preprocessing.anomalies.model import Model
    from preprocessing.anomalies.table.learned import GivenLabels
    from preprocessing.anomalies.table.ranked_columns import Found
    from preprocessing.anomalies.table.stage import Ranked, Ranking

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Defaults are in parentheses. Exit status: 0 the stars are ranked, 1 a table cannot be written,"
    " 2 bad usage, tables that are missing or of another version, too few stars, or a model or"
    " labels that are not for them; then nothing was changed."
)
#: Fewer stars are few to find the rarest percent among.
_FEW_STARS = 1_000
#: Of fewer quiet stars, less than one is the rarest percent.
_FEW_QUIET = 100
#: Of reasons: they are below the star's name, and as wide as a terminal is.
_INDENT, _WIDTH = " " * 6, 80


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan rank`` to its parser."""
    add = parser.add_argument_group("what to rank").add_argument
    add(
        "dataset",
        type=Path,
        nargs="?",
        metavar="DATASET",
        help="a data set's folder with the tables of xenoscan features and xenoscan vet;"
        " ranking.parquet, baseline.parquet and ranking_model.npz are written into it",
    )
    add(
        "--model",
        type=Path,
        metavar="FILE",
        help="rank with a model that an earlier run saved (its ranking_model.npz), without fitting",
    )
    add(
        "--compare-with",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="say how usual stars differ from those of another saved model, of other quarters or of"
        " another mission; may be given several times",
    )
    add(
        "--labels",
        type=Path,
        metavar="FILE",
        help="a table with your labels of some stars (columns of the star and label: interesting,"
        " known, artifact or unsure), to rank first what is like the interesting ones",
    )
    add(
        "--shares",
        metavar="SUN:M",
        help="make the baseline of quiet stars of so many parts of Sun-like stars and M dwarfs, as"
        " in 70:30 (as they come)",
    )
    add("--seed", type=int, default=0, metavar="N", help="of all that is random (0)")
    add(
        "--explain",
        nargs="?",
        const="",
        metavar="NAME",
        help="print what a class or a column means, and rank nothing; all classes without a name",
    )
    how = parser.add_argument_group("how").add_argument
    how("--jobs", type=int, default=1, metavar="N", help="threads that work at the same time (1)")
    how("--top", type=int, default=10, metavar="N", help="print so many of the strangest (10)")
    how("--quiet", action="store_true", help="print nothing")


def run(given: argparse.Namespace, call: Call) -> int:
    """Rank a data set, or explain a class.

    Returns
    -------
    int
        0 if the stars are ranked.

    Raises
    ------
    UsageError
        There is no data set or no such class, or what is there cannot be ranked.
    RunError
        A table cannot be written.
    """
    from preprocessing.anomalies.baseline import Shares
    from preprocessing.anomalies.table.comparison import model_to_compare
    from preprocessing.anomalies.table.stage import rank_dataset
    from preprocessing.cli.explained_ranking import explain
    from preprocessing.system.run_lock import hold
    from preprocessing.system.write_errors import remedy

    if given.explain is not None:
        for line in explain(given.explain):
            say(line)
        return OK
    if given.dataset is None:
        raise UsageError("name the folder of a data set, or a class after --explain")
    require_seed(given.seed)
    if given.jobs < 1:
        raise UsageError(f"--jobs is a number of threads, not {given.jobs}")
    if given.top < 0:
        raise UsageError(f"--top is a number of stars, not {given.top}")
    require_no_url(given.dataset, "the ranking is written beside the data set on disk")
    root: Path = given.dataset
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}: name that of a data set")
    others = {path: model_to_compare(path) for path in given.compare_with}
    shares = None if given.shares is None else Shares(*_shares(given.shares))

    async def rank() -> Ranking:
        async with hold([(root / ".xenoscan_ranking.lock", f"{root} (ranking)")]):
            return await asyncio.to_thread(
                rank_dataset, root, shares, given.seed, given.model, given.labels, given.jobs
            )

    try:
        ranked = asyncio.run(rank())
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise RunError(
            f"cannot rank {root}: {where}{error.strerror or error}. {remedy(error)}"
        ) from error
    if not given.quiet:
        for one in ranked.ranked:
            if len(ranked.ranked) + len(ranked.unranked) > 1:
                say(f"Stars of {one.found.model.about['cadence_class']} cadence:")
            _describe(one)
            _describe_others(one, others)
        for left in ranked.unranked:
            say(
                f"Stars of {left.rows.cadence_class[0]} cadence have no score:"
                f" {len(left.rows.number)} ({left.reason}: {left.why})."
            )
        say(f"All stars, in order: {root / 'ranking.parquet'}.")
        _describe_top(ranked, given.top)
    return OK


def _shares(text: str) -> tuple[float, float]:
    """Return two shares, as in 70:30."""
    parts = text.split(":")
    try:
        sun_like, m_dwarf = (float(part) for part in parts)
    except ValueError:
        sun_like = m_dwarf = -1.0
    if not (0 < sun_like < float("inf") and 0 < m_dwarf < float("inf")):
        raise UsageError(
            f"--shares is two numbers above 0, of Sun-like stars and of M dwarfs, as in 70:30, not"
            f" {text!r}"
        )
    return sun_like, m_dwarf


def _describe(ranked: Ranked) -> None:
    """Print of the stars of a cadence class who is in the baseline, and who is flagged."""
    found = ranked.found
    rows, model = found.rows, found.model
    n_stars = len(rows.stars)
    reasons = Counter(found.baseline.tolist())
    if "quiet" in reasons:
        others = ", ".join(f"{n} {name}" for name, n in reasons.most_common() if name != "quiet")
        by = "catalogs, labels and features" if rows.has_catalogs else "labels and features"
        say(f"Baseline: {reasons['quiet']} quiet stars of {n_stars}, chosen by {by} ({others}).")
        if not rows.has_catalogs:
            say("No table of planets, binaries or variables was known: run xenoscan catalog first.")
        if n_stars < _FEW_STARS:
            say(f"Only {n_stars} stars: the rarest percent of them is uncertain.")
        elif reasons["quiet"] < _FEW_QUIET:
            say(f"Only {reasons['quiet']} quiet stars: the rarest percent of them is uncertain.")
    else:
        say(f"Ranked by a saved model of {model.about.get('mission')}.")
    for name, why in rows.all_missing[str(rows.cadence_class[0])].items():
        say(f"No star has {name} ({', '.join(sorted(why))}): the ranking goes without it.")
    if ranked.drift:
        say(f"{_compared(found)} differ from the baseline in {_shown(ranked.drift)}.")
    for quarter, drift in ranked.by_quarter.items():
        if drift:
            say(f"Those of {quarter} alone differ from the baseline in {_shown(drift)}.")
    flagged = found.scores.score >= model.threshold
    left = found.scores.left_score >= model.threshold
    classes = Counter(found.classes[flagged].tolist())
    shown = ", ".join(f"{n} {name}" for name, n in classes.most_common())
    say(f"Stars that are strange as observed: {flagged.sum()} ({shown or 'none'}).")
    say(f"Stars that are strange even without what their labels explain: {left.sum()}.")


def _compared(found: Found) -> str:
    """Return which stars are compared with quiet ones as a whole (see `drift.usual`)."""
    n_flagged = int((found.scores.score >= found.model.threshold).sum())
    n_stars = len(found.rows.stars)
    if 2 * n_flagged <= n_stars:
        return "Usual stars"
    return f"{n_flagged} of {n_stars} stars are flagged: all of them together"


def _describe_top(ranking: Ranking, top: int) -> None:
    """Print the first stars of the list that one reads first, and why they are there."""
    labels = [one.found.learned.labels for one in ranking.ranked if one.found.learned is not None]
    lines: list[tuple[int, str]] = []
    for one in ranking.ranked:
        found, ranks = one.found, one.ranks
        if not labels:
            rank, score = ranks.left, found.scores.left_score
        elif found.learned is None or ranks.learned is None:
            continue
        else:
            rank, score = ranks.learned, found.learned.score
        order = rank.argsort(kind="stable")
        if found.learned is not None:
            order = order[found.learned.labels.of_row[order] == ""]
        for row in order[:top]:
            head = f"{found.rows.name[row]}  {score[row]:5.2f}  {found.classes[row]}"
            lines.append((int(rank[row]), "\n".join([head, one.why.get(int(row), "")])))
    if labels:
        _describe_labels(labels)
    if top:
        title = "first that you have not labeled" if labels else "strangest that no label explains"
        say(f"The {title}, with score, class and reasons:")
    for place, (_, text) in enumerate(sorted(lines)[:top], 1):
        head, _, why = text.partition("\n")
        say(f"{place:4}  {head}")
        for line in textwrap.wrap(why, _WIDTH - len(_INDENT)):
            say(f"{_INDENT}{line}")


def _describe_labels(labels: Sequence[GivenLabels]) -> None:
    """Print how many labels there are, and how many rows do not count."""
    counts = Counter(label for one in labels for label in one.of_row.tolist() if label)
    shown = ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
    say(f"Your labels: {shown}.")
    for why, count in labels[0].dropped.items():
        if count:
            say(f"Rows of the labels that do not count, {why}: {count}.")


def _describe_others(ranked: Ranked, others: Mapping[Path, Model]) -> None:
    """Print how usual stars differ from those of other models."""
    from preprocessing.anomalies.table.comparison import drift_from

    for path, model in others.items():
        what = f"{path} ({model.about.get('mission')}, {model.about.get('cadence_class')} cadence)"
        drift = drift_from(model, ranked.found)
        found = f"differ from those of {what} in {_shown(drift)}" if drift else f"are as in {what}"
        say(f"{_compared(ranked.found)} {found}.")


def _shown(drift: Sequence[Drift]) -> str:
    """Return how many features drift, and the five that drift most."""
    shown = ", ".join(f"{one.feature} {one.shift:+.1f}" for one in drift[:5])
    return f"{len(drift)} of the features, in standard deviations: {shown}"
