"""What users call the sources of light curves."""

from __future__ import annotations

import os

__all__ = ["EMBEDDED", "MAST", "S3", "STSCI", "is_embedded", "is_folder", "split_source"]

#: Archives by name; others are an address or a directory.
MAST = "mast"
S3 = "s3"
STSCI = "stsci"
EMBEDDED = "embedded"


def is_embedded(source: str) -> bool:
    """Tell whether a source is the embedded archive, options or not.

    Examples
    --------
    >>> is_embedded("embedded --latency 0.25"), is_embedded("s3+embedded"), is_embedded("mast")
    (True, True, False)
    """
    return split_source(source)[1].split()[:1] == [EMBEDDED]


def is_folder(source: str) -> bool:
    """Tell whether a source is a directory of files, not a name or an address.

    Examples
    --------
    >>> is_folder("."), is_folder("mast"), is_folder("/there/is/no/such/folder")
    (True, False, False)
    """
    is_name = source in (MAST, S3, STSCI) or is_embedded(source)
    return not is_name and os.path.isdir(source)


def split_source(source: str) -> tuple[str, str]:
    """Return the kind of a source and where it is, empty for the public one of the kind.

    Examples
    --------
    >>> split_source("s3"), split_source("stsci+http://host"), split_source("http://host")
    (('s3', ''), ('stsci', 'http://host'), ('mast', 'http://host'))
    """
    kind, plus, address = source.partition("+")
    if kind in (MAST, S3, STSCI) and bool(plus) == bool(address):
        return kind, address
    return MAST, source
