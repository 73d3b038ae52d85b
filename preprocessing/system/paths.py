"""Where on this machine the program keeps what it could fetch again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["cache_dir"]


def cache_dir() -> Path:
    """Return the folder of this program's own cache, which need not exist.

    Returns
    -------
    Path
        What the environment variable ``XENOSCAN_CACHE_DIR`` says, else the place that
        the system has for it: ``~/.cache/xenoscan`` on Linux, ``~/Library/Caches/xenoscan``
        on macOS.
    """
    chosen = os.environ.get("XENOSCAN_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return platformdirs.user_cache_path("xenoscan")
