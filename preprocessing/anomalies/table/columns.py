"""The columns of the tables of the ranking."""

from __future__ import annotations

from itertools import chain

from preprocessing.anomalies.model import EVENT
from preprocessing.anomalies.parts import PARTS
from preprocessing.core.value_column import ValueColumn
from preprocessing.missions import Mission
from preprocessing.tables.curve_rows import IDENTITY, key_value_column

__all__ = ["LEFT", "baseline_columns", "part_names", "ranking_columns"]

#: What follows the name of a column that is of what labels leave.
LEFT = "_unexplained"
_EVENT_MEANING = "How strong its strongest event is."
_RARITY = "In powers of ten: 2 if one quiet star in a hundred is like it."


def part_names() -> tuple[str, ...]:
    """Return the names of the parts of a score."""
    return (*PARTS, EVENT)


def ranking_columns(mission: Mission) -> tuple[ValueColumn, ...]:
    """Return the columns of ``ranking.parquet``.

    Parameters
    ----------
    mission : Mission
        Names the star's number.
    """
    meanings = {**PARTS, EVENT: _EVENT_MEANING}
    return (
        key_value_column(mission),
        *IDENTITY,
        ValueColumn("rank", int, "", "1 for the strangest star, by its score as observed."),
        ValueColumn(f"rank{LEFT}", int, "", "1 for the strangest by what its labels leave."),
        ValueColumn(
            "rank_learned", int, "", "1 for the first by a person's labels; null without --labels."
        ),
        ValueColumn(
            "score",
            float,
            "",
            "Root of the mean square of the parts. On their scale, but no share of stars by itself:"
            " the file's metadata say which score 1 % of the quiet stars reach.",
        ),
        ValueColumn(f"score{LEFT}", float, "", "The same of what labels leave."),
        ValueColumn(
            "score_learned",
            float,
            "",
            "Logarithm of the odds that the person finds it interesting; null without --labels.",
        ),
        ValueColumn(
            "is_flagged", bool, "", "Whether the score is one that 1 % of quiet stars reach."
        ),
        ValueColumn(f"is_flagged{LEFT}", bool, "", f"The same of score{LEFT}."),
        ValueColumn("class", str, "", "The first of the seven classes that fits; or unexplained."),
        ValueColumn("labels", str, "", "Labels of vetting, with + between."),
        ValueColumn("own_label", str, "", "The person's label, or null."),
        *chain.from_iterable(
            (
                ValueColumn(f"part_{name}", float, "", f"{meanings[name]} {_RARITY}"),
                ValueColumn(f"part_{name}{LEFT}", float, "", "The same of what labels leave."),
            )
            for name in part_names()
        ),
        *_explanation("", "score"),
        *_explanation(LEFT, f"score{LEFT}"),
        ValueColumn(
            "agrees", bool, "", "Whether the class names the feature that adds most; else null."
        ),
        ValueColumn("similar", str, "", "The five stars most like it, with + between, or null."),
        ValueColumn(
            "baseline",
            str,
            "",
            "quiet, or why the star is not in the baseline; other_model with a saved model. A star"
            " without a score has too_few_of_cadence, or other_cadence with a saved model.",
        ),
        ValueColumn("input_sha256", str, "", "Digest of what its features were made from."),
        ValueColumn(
            "cadence_class",
            str,
            "",
            "long (exposures of more than 25 minutes) or short: it is measured against such stars.",
        ),
    )


def baseline_columns(mission: Mission) -> tuple[ValueColumn, ...]:
    """Return the columns of ``baseline.parquet``; the argument of `ranking_columns`."""
    return (
        key_value_column(mission),
        *IDENTITY,
        ValueColumn("is_quiet", bool, "", "Whether other stars are measured against it."),
        ValueColumn("reason", str, "", "quiet, or why not, as baseline in ranking.parquet."),
        ValueColumn("magnitude", float, "mag", "Magnitude in the mission's band."),
        ValueColumn("teff", float, "K", "Effective temperature."),
    )


def _explanation(end: str, of: str) -> tuple[ValueColumn, ...]:
    return (
        ValueColumn(
            f"flagged_by{end}", str, "", f"The part that makes {of}, of stars that are explained."
        ),
        ValueColumn(
            f"features{end}", str, "", "Up to five features that add most to it, with + between."
        ),
        ValueColumn(
            f"shares{end}", str, "", "What each adds, with + between: cuts, or squared distances."
        ),
        ValueColumn(f"why{end}", str, "", "The same in words."),
    )
