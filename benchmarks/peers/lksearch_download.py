"""One star at a time with lksearch: search and download; it does not stitch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from lksearch import KeplerSearch


def main(argv: Sequence[str]) -> None:
    """Download a list of stars.

    Parameters
    ----------
    argv : sequence of str
        A file with a KIC number a line, and the folder for the files.
    """
    listed, output = Path(argv[0]), Path(argv[1])
    output.mkdir(exist_ok=True)
    for kic in listed.read_text().split():
        found = KeplerSearch(f"KIC {kic}", pipeline="Kepler", exptime="long", hlsp=False)
        # The cloud cannot be redirected to the embedded archive.
        found.timeseries.download(cloud=False, download_dir=str(output))


if __name__ == "__main__":
    main(sys.argv[1:])
