"""Keep raw files unchanged, in a mirror with the archive's own tree of folders."""

from __future__ import annotations

from pathlib import Path

from preprocessing.core.errors import RunError
from preprocessing.missions import Product, author_of
from preprocessing.system.atomic import make_folder, write_atomically
from preprocessing.system.write_errors import remedy

__all__ = ["KeptFiles"]


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
        """Write a verified file to where the archive has it, unless it is there already.

        Raises
        ------
        RunError
            The file cannot be written, or a link leads its folder out of the mirror.
        """
        path = self._root / author_of(product).collection / product.path
        try:
            if _is_there(path, body):
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
    try:
        return path.stat().st_size == len(body) and path.read_bytes() == body
    except FileNotFoundError:
        return False
