"""Refuse to write a table where a file of somebody else has its name."""

from __future__ import annotations

from pathlib import Path

from preprocessing.core.errors import UsageError
from preprocessing.system.foreign import foreign_content

__all__ = ["refuse_foreign_table"]

#: How every Parquet file begins, also one that is damaged further on.
_MAGIC = b"PAR1"


def refuse_foreign_table(path: Path, *, is_any_damage_own: bool = False) -> None:
    """Make sure that a name is free, or that of a Parquet file.

    Parameters
    ----------
    path : Path
        The name of a table.
    is_any_damage_own : bool
        Whether a file of any content is known to be a damaged table.

    Raises
    ------
    UsageError
        Something else has the name.
    """
    foreign = foreign_content(path, lambda head: is_any_damage_own or head.startswith(_MAGIC))
    if foreign is not None:
        raise UsageError(
            f"{path} is not a table of this program, but {foreign}. It stays as it is: move it away"
        )
