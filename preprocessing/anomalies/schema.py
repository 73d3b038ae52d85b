"""What later stages know of the tables of the ranking: their names, their key and their version."""

from __future__ import annotations

__all__ = [
    "BASELINE",
    "MODEL_FILE",
    "RANKING",
    "RANKING_KEY",
    "RANKING_VERSION",
    "model_file_of",
]

#: Names of the table with one row a light curve, by rank, and of that which says who is quiet.
RANKING, BASELINE = "ranking", "baseline"
#: The model that a ranking was made with, in the data set's folder.
MODEL_FILE = "ranking_model.npz"
#: Key of a file's metadata under which the version of the ranking stands.
RANKING_KEY = "xenoscan_ranking"
#: Raised by one when a score, a class or an explanation changes its meaning or its value. Models
#: of another version are refused.
RANKING_VERSION = "3"


def model_file_of(cadence_class: str) -> str:
    """Return the name of the model of a cadence class that is not that of most stars.

    Parameters
    ----------
    cadence_class : str
        ``long`` or ``short``.
    """
    stem, _, end = MODEL_FILE.partition(".")
    return f"{stem}_{cadence_class}.{end}"
