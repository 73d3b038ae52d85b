"""Find the caches that light curves pass through, and the damaged files in them."""

from __future__ import annotations

import errno
import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from astropy.config import ConfigItem, ConfigNamespace, get_cache_dir

from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.fits.format import ALL_ONES, ones_complement_sum, read_hdus
from preprocessing.system.paths import cache_dir

__all__ = [
    "OWNERS",
    "Cache",
    "all_files",
    "belongings",
    "find_caches",
    "find_problem",
    "fits_files",
    "refuse_unsafe",
    "remove_files",
]

OWNERS = ("lightkurve", "astropy", "xenoscan")

#: Where lightkurve 1 and 2 kept their files, and where astropy 8 puts the caches of the
#: packages that ask it; each is looked at, because a move leaves the old one behind.
_LIGHTKURVE_FOLDERS = (".lightkurve-cache", ".lightkurve/cache", ".cache/lightkurve")
#: What lightkurve and astroquery write below the folder that ``cache_dir`` names
#: (lightkurve/search.py). The folder may hold other things, which are the user's.
_LIGHTKURVE_CONTENTS = ("mastDownload", "tesscut")
#: astropy names each file of its download cache so, and puts ``url`` beside it.
_ASTROPY_FILE = "contents"
_ASTROPY_ADDRESS = "url"

_SUFFIXES = (".fits", ".fit", ".fts")
_FITS_NAMES = (*_SUFFIXES, *(f"{suffix}.gz" for suffix in _SUFFIXES))
_FITS_START = b"SIMPLE  ="
_GZIP_START = b"\x1f\x8b"
#: Far above the largest files that these caches hold, and below what takes a machine's memory.
_LARGEST_FILE = 2**30


@dataclass(frozen=True)
class Cache:
    """One folder that holds nothing but what its owner cached.

    Parameters
    ----------
    owner : {'lightkurve', 'astropy', 'xenoscan'}
        The package that fills the cache.
    configured : Path
        The folder that configuration names, without symbolic links.
    folder : Path
        The part of it that the owner fills: itself, or a folder in it.
    """

    owner: str
    configured: Path
    folder: Path


class _LightkurveItem(ConfigItem):  # type: ignore[misc]
    rootname = "lightkurve"


class _LightkurveConf(ConfigNamespace):  # type: ignore[misc]
    # The setting as lightkurve/__init__.py declares it: importing lightkurve for it
    # would take seconds.
    rootname = "lightkurve"
    cache_dir = _LightkurveItem(None, "Cache folder", cfgtype="string", module="lightkurve.config")


def find_caches() -> list[Cache]:
    """Return the caches there are, wherever configuration puts them.

    Returns
    -------
    list of Cache
        Existing folders, each once, in the order of `OWNERS`.

    Raises
    ------
    UsageError
        A configuration file or a folder cannot be read.

    Notes
    -----
    The rules are lightkurve's and astropy's own, as the installed astropy applies them:
    ``cache_dir`` in lightkurve.cfg, ``ASTROPY_CACHE_DIR`` (astropy 8), ``XDG_CACHE_HOME``
    and the home directory. Asking astropy makes an empty folder where there is none.
    """
    try:
        candidates = [*_lightkurve_caches(), *_astropy_caches(), *_own_cache()]
    except (OSError, TypeError) as error:
        raise UsageError(f"cannot tell where the caches are: {error}") from error
    # A link may lead to what is no cache; only a configured folder is followed, once.
    present = [c for c in candidates if os.path.isdir(c.folder) and not c.folder.is_symlink()]
    return [*{cache.folder: cache for cache in present}.values()]


def refuse_unsafe(caches: list[Cache], results: Path) -> None:
    """Make sure that clearing the caches cannot reach what is not cached.

    Parameters
    ----------
    caches : list of Cache
        The caches that would be cleared.
    results : Path
        Folder of downloaded results, which must stay.

    Raises
    ------
    UsageError
        A cache lies in the results folder, holds it, or holds the home directory.
    """
    results = results.resolve()
    home = Path.home().resolve()
    for cache in caches:
        if results.is_relative_to(cache.configured) or cache.folder.is_relative_to(results):
            raise UsageError(
                f"the {cache.owner} cache {cache.configured} overlaps the results in {results}: "
                "nothing was removed"
            )
        if home.is_relative_to(cache.folder):
            raise UsageError(
                f"the {cache.owner} cache {cache.folder} holds your home directory: "
                "nothing was removed"
            )


def all_files(cache: Cache) -> Iterator[Path]:
    """Yield every file of a cache, symbolic links too, but nothing that they point to."""
    for folder, subfolders, names in os.walk(cache.folder):
        for name in sorted(names):
            yield Path(folder, name)
        for name in subfolders:
            if Path(folder, name).is_symlink():
                yield Path(folder, name)


def fits_files(cache: Cache) -> Iterator[Path]:
    """Yield the files of a cache that are FITS files, or were meant to be.

    Symbolic links are left out: what they point to is not the cache's.
    """
    for path in all_files(cache):
        if path.is_symlink() or not path.is_file():
            continue
        if _is_meant_as_fits(path):
            yield path


def find_problem(path: Path) -> str | None:
    """Say what is wrong with a FITS file, which may be compressed by gzip.

    The file is held in memory as a whole.

    Parameters
    ----------
    path : Path
        The file to check.

    Returns
    -------
    str or None
        None if the file is complete and every HDU that carries a CHECKSUM agrees with it.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    try:
        body = path.read_bytes()
        if body.startswith(_GZIP_START):
            body = _decompressed(body)
        _check_body(body)
    except (CorruptProduct, gzip.BadGzipFile, zlib.error, EOFError) as error:
        return str(error)
    return None


def belongings(cache: Cache, path: Path) -> list[Path]:
    """Return a file and what is useless without it.

    Of astropy's download cache that is the note of the file's address.
    """
    address = path.with_name(_ASTROPY_ADDRESS)
    if cache.owner == "astropy" and path.name == _ASTROPY_FILE and address.exists():
        return [path, address]
    return [path]


def remove_files(cache: Cache, paths: Iterable[Path]) -> int:
    """Remove files from a cache, and the folders that are empty without them.

    Parameters
    ----------
    cache : Cache
        The cache. Its own folder stays, even if it is empty then.
    paths : iterable of Path
        Files and symbolic links in the cache.

    Returns
    -------
    int
        Bytes freed.

    Raises
    ------
    OSError
        A file cannot be removed.
    """
    freed = 0
    for path in paths:
        size = path.lstat().st_size
        path.unlink()
        freed += size
        _remove_empty_folders(cache, path)
    return freed


def _lightkurve_caches() -> Iterator[Cache]:
    chosen = _LightkurveConf().cache_dir
    folders = [Path(chosen)] if chosen else _default_folder("lightkurve")
    for folder in (*folders, *(Path.home() / name for name in _LIGHTKURVE_FOLDERS)):
        configured = folder.resolve()
        for name in _LIGHTKURVE_CONTENTS:
            yield Cache("lightkurve", configured, configured / name)


def _astropy_caches() -> Iterator[Cache]:
    for folder in (*_default_folder("astropy"), Path.home() / ".astropy" / "cache"):
        configured = folder.resolve()
        yield Cache("astropy", configured, configured / "download")


def _default_folder(package: str) -> list[Path]:
    """Return the folder that astropy gives a package; nothing where it cannot be made."""
    try:
        return [Path(get_cache_dir(package))]
    except OSError as error:
        # As below the home directory of a service, /nonexistent.
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return []
        raise


def _own_cache() -> Iterator[Cache]:
    folder = cache_dir()
    if folder is not None:
        yield Cache("xenoscan", folder.resolve(), folder.resolve())


def _remove_empty_folders(cache: Cache, path: Path) -> None:
    for folder in path.parents:
        if folder == cache.folder or any(folder.iterdir()):
            return
        folder.rmdir()


def _is_meant_as_fits(path: Path) -> bool:
    if path.name.lower().endswith(_FITS_NAMES):
        return True
    if path.name != _ASTROPY_FILE:
        return False
    address = path.with_name(_ASTROPY_ADDRESS)
    if address.is_file() and address.read_text("utf-8").strip().lower().endswith(_FITS_NAMES):
        return True
    with path.open("rb") as file:
        return file.read(len(_FITS_START)) == _FITS_START


def _decompressed(body: bytes) -> bytes:
    with gzip.open(io.BytesIO(body)) as stream:
        content = stream.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise CorruptProduct(f"more than {_LARGEST_FILE} bytes when decompressed")
    return content


def _check_body(body: bytes) -> None:
    hdus = read_hdus(body)
    # A file that was cut where an HDU ends has a sound structure.
    announced = hdus[0].header.get("NEXTEND", 0)
    if isinstance(announced, int) and announced > len(hdus) - 1:
        raise CorruptProduct(f"{len(hdus) - 1} extensions where the header announces {announced}")
    view = memoryview(body)
    for number, hdu in enumerate(hdus):
        # An empty CHECKSUM says that it is undefined (FITS standard 4.0, section 4.4.2.7).
        if not hdu.header.get("CHECKSUM", ""):
            continue
        if ones_complement_sum(view[hdu.start : hdu.end]) != ALL_ONES:
            raise CorruptProduct(f"the checksum of HDU {number} is wrong")
