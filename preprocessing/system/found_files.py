"""Find the files below a folder, also those in bundles."""

from __future__ import annotations

import logging
import os
import re
import zipfile
from collections.abc import Iterator

from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.system.stored_files import (
    Bundle,
    GzippedFile,
    PlainFile,
    StoredFile,
    ZipBundle,
)

__all__ = ["find_files"]

_log = logging.getLogger(__name__)

_GZIP = ".gz"
_BUNDLES = (".tar", ".tgz", ".tar.gz", ".zip")
_ZIP = ".zip"
#: Bundles of other kinds.
_OTHER_BUNDLE = re.compile(r"\.(tar\.\w+|tbz2?|txz|tzst|7z|rar)$")


def find_files(root: str) -> Iterator[StoredFile]:
    """Yield every file in and below a folder, and in the bundles there.

    Parameters
    ----------
    root : str
        The top folder. Symbolic links are followed.
    """
    for path in _walk(root):
        name = os.path.basename(path).lower()
        if _OTHER_BUNDLE.search(name) and not name.endswith(_BUNDLES):
            _warn_packed(path, "a bundle of this kind")
            continue
        if not name.endswith(_BUNDLES):
            file = PlainFile(path)
            yield GzippedFile(file) if name.endswith(_GZIP) else file
            continue
        _log.info("reading the bundle %s", path)
        try:
            bundle = ZipBundle(path) if name.endswith(_ZIP) else Bundle(path)
        except (OSError, zipfile.BadZipFile) as error:
            _log.warning("%s: not read: %s", path, error)
            continue
        for member in bundle.files():
            name = member.name.lower()
            if name.endswith(_BUNDLES) or _OTHER_BUNDLE.search(name):
                _warn_packed(member.where, "a bundle in a bundle")
            else:
                yield GzippedFile(member) if name.endswith(_GZIP) else member


def _warn_packed(where: str, what: str) -> None:
    message = "%s: not read: %s. Unpack it, if it holds light curves"
    _log.warning(message, where, what, extra=EVERY_TIME)


def _walk(root: str) -> Iterator[str]:
    seen: set[tuple[int, int]] = set()
    for folder, folders, names in os.walk(root, onerror=_warn_unreadable, followlinks=True):
        status = os.stat(folder)
        # A link may lead back to a folder above it.
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(names))


def _warn_unreadable(error: OSError) -> None:
    _log.warning("%s: not served: %s", error.filename, error.strerror)
