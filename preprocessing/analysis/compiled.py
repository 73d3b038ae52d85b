"""How functions are compiled: once a machine, and typed like any other."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

import numba

from preprocessing.system.paths import cache_dir

__all__ = ["compiled", "is_kept"]

_F = TypeVar("_F", bound=Callable[..., Any])
#: How many folders of other versions of a module stay, and the age in seconds below which any
#: does: a process that runs such a version may still write there.
_OTHERS_KEPT, _YOUNG_S = 3, 3600.0
#: Of each module with compiled functions, what their machine code depends on, and where it is
#: kept; None where no folder can be written.
_DIGESTS: dict[str, bytes] = {}
_FOLDERS: dict[str, Path | None] = {}
#: Numba's settings, which have no types.
_CONFIG: Any = numba.config


def compiled(function: _F) -> _F:
    """Compile a function with numba, and keep the machine code for later processes.

    The code is kept beside the module or, if that folder cannot be written, in the user's cache
    folder, or where ``NUMBA_CACHE_DIR`` says. Many processes may do so at once, since numba
    replaces its files whole. If no folder can be written, each process compiles for itself.

    Machine code contains that of the compiled functions it calls, which numba does not look at
    again. Hence each version of a module has a folder of its own, and a version is new if one of
    the modules is whose compiled functions it imports. Some folders of older versions stay.

    Sums are not reordered and no instruction depends on the number of processors, so that a
    star's numbers are the same alone, in a batch and at any number of jobs.

    Parameters
    ----------
    function : callable
        A function of numpy arrays and numbers. Compiled functions and constants that it uses are
        imported before it is defined.

    Returns
    -------
    callable
        The compiled function, with the same signature.
    """
    # Older releases have no types, and those of newer ones know no function as the result.
    compiler: Any = partial(numba.njit, nogil=True, error_model="numpy")
    if function.__module__ not in _FOLDERS:
        _FOLDERS[function.__module__] = _folder_of(function)
    folder = _FOLDERS[function.__module__]
    if folder is None:
        return cast(_F, compiler()(function))
    with _keeping_in(folder):
        return cast(_F, compiler(cache=True)(function))


def is_kept(function: Callable[..., Any]) -> bool:
    """Return whether an earlier process kept the machine code of a compiled function.

    Parameters
    ----------
    function : callable
        What `compiled` returned.
    """
    # Of each function, an index beside the code is kept (numba's documentation, "Caching").
    folder: str | None = cast(Any, function).stats.cache_path
    name = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"
    return folder is not None and any(Path(folder).glob(f"{name}-*.nbi"))


def _folder_of(function: Callable[..., Any]) -> Path | None:
    """Return where machine code of a function's module is kept, and forget older versions."""
    source = Path(function.__code__.co_filename)
    if not source.is_file():
        return None
    digest = _digest(source, function.__globals__)
    _DIGESTS[function.__module__] = digest
    name = f"{source.stem}-{digest.hex()[:16]}"
    for base in _bases(source.parent):
        folder = base / name
        is_new = not folder.is_dir()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if is_new:
            _forget_others(folder, source.stem)
        # Numba takes a folder of its own choice if it cannot write to this one.
        if os.access(folder, os.W_OK):
            return folder
    return None


def _bases(package: Path) -> Iterator[Path]:
    """Yield folders in which those of a package's modules may be, the best first."""
    place = hashlib.sha256(str(package).encode()).hexdigest()[:16]
    if _CONFIG.CACHE_DIR:
        yield Path(_CONFIG.CACHE_DIR, "xenoscan", place)
    yield package / "__pycache__"
    home = cache_dir()
    if home is not None:
        yield home / "compiled" / place


def _digest(source: Path, names: dict[str, Any]) -> bytes:
    """Return a digest of a module's source, the constants it imports, and what it calls."""
    digest = hashlib.sha256(source.read_bytes())
    for name, value in sorted(names.items()):
        home = value.__name__ if isinstance(value, ModuleType) else _home_of(value)
        if _is_constant(value):
            digest.update(f"{name} {value!r} ".encode())
        elif home in _DIGESTS:
            digest.update(_DIGESTS[home])
    return digest.digest()


def _is_constant(value: object) -> bool:
    items = value if isinstance(value, tuple) else (value,)
    return all(isinstance(item, (int, float)) for item in items)


def _home_of(value: object) -> str:
    home = getattr(value, "__module__", None)
    return home if isinstance(home, str) else ""


def _forget_others(folder: Path, module: str) -> None:
    """Remove what is kept of older versions of a module, but for the latest."""
    ages_s: list[tuple[float, Path]] = []
    for other in folder.parent.glob(f"{module}-*"):
        # Another process may remove it at the same time.
        with suppress(FileNotFoundError):
            ages_s.append((time.time() - other.stat().st_mtime, other))
    others = sorted(one for one in ages_s if one[1] != folder)
    for age_s, other in others[_OTHERS_KEPT:]:
        if age_s > _YOUNG_S:
            shutil.rmtree(other, ignore_errors=True)


@contextmanager
def _keeping_in(folder: Path) -> Iterator[None]:
    """Let numba choose this folder for functions that are defined in the block."""
    chosen = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        _CONFIG.CACHE_DIR = chosen
