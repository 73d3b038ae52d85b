"""How functions are compiled: once a machine, and typed like any other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled", "is_kept"]

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """Compile a function with numba, and keep the machine code for later processes.

    The code is kept beside the module or, if that folder cannot be written, in the user's cache
    folder. Many processes may do so at once, since numba replaces its files whole. If neither
    folder can be written, each process compiles for itself.

    Sums are not reordered and no instruction depends on the number of processors, so that a
    star's numbers are the same alone, in a batch and at any number of jobs.

    Parameters
    ----------
    function : callable
        A function of numpy arrays and numbers.

    Returns
    -------
    callable
        The compiled function, with the same signature.
    """
    # Older releases have no types, and those of newer ones know no function as the result.
    compiler: Any = partial(numba.njit, nogil=True, error_model="numpy")
    try:
        return cast(_F, compiler(cache=True)(function))
    except RuntimeError:  # numba 0.59-0.68: "cannot cache function: no locator available"
        return cast(_F, compiler()(function))


def is_kept(function: Callable[..., Any]) -> bool:
    """Return whether a compiled function's machine code was kept by an earlier process.

    Parameters
    ----------
    function : callable
        What `compiled` returned.
    """
    # Of each function, an index beside the code is kept (numba's documentation, "Caching").
    folder: str | None = cast(Any, function).stats.cache_path
    name = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"
    return folder is not None and any(Path(folder).glob(f"{name}-*.nbi"))
