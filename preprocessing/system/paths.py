"""Where on this machine the program keeps what it can fetch again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

__all__ = ["cache_dir", "some_home"]


def cache_dir() -> Path | None:
    """Return the folder of this program's cache, which need not exist.

    Returns
    -------
    Path or None
        The value of the environment variable ``XENOSCAN_CACHE_DIR`` if it is set, else the
        system's folder for caches: ``~/.cache/xenoscan`` on Linux,
        ``~/Library/Caches/xenoscan`` on macOS. None if that is in a home directory and this
        user has none, as in many containers.
    """
    chosen = os.environ.get("XENOSCAN_CACHE_DIR")
    try:
        folder = Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("xenoscan")
    except RuntimeError:
        return None
    # Where platformdirs 4.14 raises, 4.0 leaves the sign for the home directory as it is.
    return None if folder.parts[:1] == ("~",) else folder.absolute()


@contextmanager
def some_home() -> Iterator[None]:
    """Give this process an empty home directory while the block runs, if its user has none.

    Without one, astropy 8.0 cannot be imported: it looks for its configuration there.
    """
    if _has_home():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="xenoscan-home-") as folder:
        os.environ["HOME"] = folder
        try:
            yield
        finally:
            del os.environ["HOME"]


def _has_home() -> bool:
    try:
        Path.home()
    except RuntimeError:
        return False
    return True
