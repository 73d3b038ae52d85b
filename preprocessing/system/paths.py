"""Where on this machine the program keeps what it can fetch again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["cache_dir"]


def cache_dir() -> Path:
    """Return the folder of this program's cache, which need not exist.

    Returns
    -------
    Path
        The value of the environment variable ``XENOSCAN_CACHE_DIR`` if it is set, else the
        system's folder for caches: ``~/.cache/xenoscan`` on Linux,
        ``~/Library/Caches/xenoscan`` on macOS.
    """
    chosen = os.environ.get("XENOSCAN_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return platformdirs.user_cache_path("xenoscan")
