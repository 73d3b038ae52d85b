"""Compare what several sources gave as the same file, and count where files came from."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import defaultdict

from preprocessing.acquire.archives.base import FetchedFile
from preprocessing.acquire.runs.summary import Origins
from preprocessing.core.errors import CorruptProduct
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.missions import Product

__all__ = ["Copies"]

_log = logging.getLogger(__name__)


class Copies:
    """The copies of one star's files that were seen.

    Parameters
    ----------
    origins : Origins
    are_compared : bool
        Whether there are sources to compare.
    """

    def __init__(self, origins: Origins, are_compared: bool) -> None:
        self._origins = origins
        self._are_compared = are_compared
        self._refused: defaultdict[Product, dict[str, str]] = defaultdict(dict)

    async def note_refused(self, product: Product, file: FetchedFile) -> None:
        """Note a file that was damaged, or another than was asked for."""
        if not self._are_compared:
            return
        digest = (await asyncio.to_thread(hashlib.sha256, file.body)).hexdigest()
        copy = f"SHA-256 {digest}"
        for archive, earlier in self._refused[product].items():
            if archive != file.archive and earlier == copy:
                _log.warning(
                    "%s: %s and %s have the same bytes, and both were refused: %s",
                    product.file_name,
                    archive,
                    file.archive,
                    copy,
                )
        self._refused[product][file.archive] = copy

    def note_broken(self, product: Product, archive: str, error: CorruptProduct) -> None:
        """Note a file that was not even what its source says that it is."""
        self._refused[product][archive] = str(error)

    def note_sound(self, product: Product, archive: str, sha256: str) -> None:
        """Note a sound file."""
        self._origins.files[archive] += 1
        others = self._refused.pop(product, {})
        others.pop(archive, None)
        if not others:
            return
        self._origins.differing += 1
        _log.warning(
            "%s: %s has a sound copy, SHA-256 %s; refused was that of %s",
            product.file_name,
            archive,
            sha256,
            "; ".join(f"{name} ({copy})" for name, copy in others.items()),
            extra=EVERY_TIME,
        )
