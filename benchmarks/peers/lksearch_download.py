"""One star at a time with lksearch: search and download; it does not stitch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from lksearch import KeplerSearch


def main(argv: Sequence[str]) -> int:
    """Download a list of stars.

    Parameters
    ----------
    argv : sequence of str
        A file with a KIC number a line, and the folder for the files.

    Returns
    -------
    int
        1 if the manifest says that a file did not come.
    """
    listed, output = Path(argv[0]), Path(argv[1])
    output.mkdir(exist_ok=True)
    failed = False
    for kic in listed.read_text().split():
        found = KeplerSearch(f"KIC {kic}", pipeline="Kepler", exptime="long", hlsp=False)
        # The cloud cannot be redirected to the embedded archive.
        manifest = found.timeseries.download(cloud=False, download_dir=str(output))
        failed |= bool((manifest["Status"] != "COMPLETE").any())
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
