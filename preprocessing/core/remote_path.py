"""Where something is in an object store."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from preprocessing.core.errors import UsageError

__all__ = ["Location", "RemotePath", "as_remote_path", "require_no_url"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
#: What is left of a URL after `pathlib`, which takes two slashes for one. A drive has one letter.
_FLATTENED_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_FORM = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s]+(/[^/?#\s]+)*/*")
_OF_THIS_MACHINE = ("file:", "local:")
_EXAMPLE = "give one like s3://bucket/prefix"


@dataclass(frozen=True)
class RemotePath:
    """Where an object is in an object store, or some that share a prefix.

    It is for such a store what `pathlib.PurePath` is for a disk. Nothing is asked of the store.

    Parameters
    ----------
    url : str
        Its URL, without a slash at its end.

    Examples
    --------
    >>> path = RemotePath("s3://bucket/prefix") / "hats/lightcurves"
    >>> print(path, path.name)
    s3://bucket/prefix/hats/lightcurves lightcurves
    """

    url: str

    def __str__(self) -> str:
        return self.url

    def __truediv__(self, name: str) -> RemotePath:
        return RemotePath(f"{self.url}/{name}")

    @property
    def name(self) -> str:
        """The last part."""
        return self.url.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The end of the name, from its last dot on."""
        return PurePosixPath(self.name).suffix


#: A file or folder of this machine, or in an object store.
Location: TypeAlias = Path | RemotePath


def as_remote_path(text: str | os.PathLike[str]) -> RemotePath | None:
    """Return the place that a URL names; None for a path of this machine.

    Parameters
    ----------
    text : str or path-like
        What a user gave.

    Raises
    ------
    UsageError
        It is a URL, but not one of an object store.

    Examples
    --------
    >>> as_remote_path("s3://bucket/prefix/")
    RemotePath(url='s3://bucket/prefix')
    >>> as_remote_path("data/raw") is None
    True
    """
    given = os.fspath(text)
    if _FLATTENED_URL.match(given) is None:
        return None
    if _URL.match(given) is None:
        raise UsageError(f"{given} is a URL that lost a slash: {_EXAMPLE}, as text, not as a Path")
    if given.startswith(_OF_THIS_MACHINE):
        raise UsageError(f"{given} is a folder of this machine: name it as a path")
    if _FORM.fullmatch(given) is None:
        raise UsageError(f"{given} does not name a place in an object store: {_EXAMPLE}")
    return RemotePath(given.rstrip("/"))


def require_no_url(path: str | os.PathLike[str], what: str) -> None:
    """Refuse a URL where a folder of this machine is meant, before a folder ``s3:`` is made.

    Parameters
    ----------
    path : str or path-like
        What a user gave.
    what : str
        What it is for, and what to do instead.

    Raises
    ------
    UsageError
        It is a URL.
    """
    if _FLATTENED_URL.match(os.fspath(path)):
        raise UsageError(f"{os.fspath(path)} is a URL: {what}")
