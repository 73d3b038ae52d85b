"""The option ``--seed`` of commands whose results hang on chance."""

from __future__ import annotations

from preprocessing.core.errors import UsageError

__all__ = ["require_seed"]

#: Random generators of scikit-learn take no more.
_MOST = 2**32 - 1


def require_seed(seed: int) -> None:
    """Refuse a seed that not every random generator takes.

    Parameters
    ----------
    seed : int
        The seed.

    Raises
    ------
    UsageError
        It is below 0 or too large.

    Examples
    --------
    >>> require_seed(7)
    """
    if not 0 <= seed <= _MOST:
        raise UsageError(f"--seed is a whole number from 0 to {_MOST}, not {seed}")
