"""Where the copy of a packed data set keeps what is being replaced."""

from __future__ import annotations

from preprocessing.core.remote_path import RemotePath

__all__ = ["FORMER", "former_folder"]

#: Programs that look for Parquet files take no name that begins with a dot.
FORMER = ".xenoscan-former"


def former_folder(root: RemotePath, stars_sha256: str) -> RemotePath:
    """Return where the files of a data set are kept while another one takes its place.

    Parameters
    ----------
    root : RemotePath
        The place of both.
    stars_sha256 : str
        The digest of the former's table of stars. So the copies count for as long as that table
        is there, and no longer: one PUT makes the step from one data set to the next.

    Examples
    --------
    >>> print(former_folder(RemotePath("s3://bucket/prefix"), "ab12"))
    s3://bucket/prefix/.xenoscan-former/ab12
    """
    return root / FORMER / stars_sha256
