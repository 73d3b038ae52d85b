"""Keep raw files unchanged, in a mirror with the archive's own tree of folders."""

from __future__ import annotations

import logging
from pathlib import Path

from preprocessing.core.errors import RunError
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.missions import Product, author_of
from preprocessing.system.atomic import make_folder, write_atomically
from preprocessing.system.foreign import foreign_content
from preprocessing.system.write_errors import remedy

__all__ = ["KeptFiles"]

_log = logging.getLogger(__name__)

#: Bytes in which files of the same kind are alike.
_BEGINNING = 9


class KeptFiles:
    """The mirror below a directory.

    Parameters
    ----------
    root : Path
        Root of the mirror, made when the first file is kept.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def keep(self, product: Product, body: bytes) -> None:
        """Write a verified file to where the archive has it, unless something is there already.

        A copy that is damaged, cut off or of an earlier version is replaced. What is no copy stays,
        with a warning.

        Raises
        ------
        RunError
            The file cannot be written, or a link leads its folder out of the mirror.
        """
        path = self._root / author_of(product).collection / product.path
        try:
            if _is_there(path, body):
                return
            foreign = _no_copy(path, body)
            if foreign is not None:
                _log.warning(
                    "%s is not kept: its place is taken, and stays as it is: %s",
                    path,
                    foreign,
                    extra=EVERY_TIME,
                )
                return
            # Checked before a folder could be made behind a link.
            if not path.parent.resolve().is_relative_to(self._root):
                raise RunError(f"--keep-files: a link leads {path.parent} out of {self._root}")
            make_folder(path.parent)
            write_atomically(path, body)
        except OSError as error:
            raise RunError(
                f"cannot keep {path}: {error.strerror or error}."
                f" {remedy(error, '--keep-files')}, then go on with --resume"
            ) from error


def _is_there(path: Path, body: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(body) and path.read_bytes() == body


def _no_copy(path: Path, body: bytes) -> str | None:
    """Say what has the name, if it is no copy of a file; None for nothing and for a copy."""
    foreign = foreign_content(path, lambda head: body.startswith(head[:_BEGINNING]))
    if foreign is not None or not path.exists():
        return foreign
    # The size follows from the number of rows: a version of another size is of another program.
    size = path.stat().st_size
    if size == len(body) or (size < len(body) and body.startswith(path.read_bytes())):
        return None
    return f"a file of {size} bytes, not {len(body)}"
