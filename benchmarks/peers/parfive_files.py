"""The files of a list, all at once, with parfive."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from parfive import Downloader


def main(argv: Sequence[str]) -> int:
    """Download a list of files.

    Parameters
    ----------
    argv : sequence of str
        A file with an address, a tab and a name a line; the folder for the files; how
        many at once.

    Returns
    -------
    int
        1 if the results have errors.
    """
    listed, output, connections = Path(argv[0]), Path(argv[1]), int(argv[2])
    downloader = Downloader(max_conn=connections, progress=False)
    for line in listed.read_text().splitlines():
        url, name = line.split("\t")
        downloader.enqueue_file(url, path=output, filename=name)
    results = downloader.download()
    for error in results.errors:
        print(error, file=sys.stderr)
    return int(bool(results.errors))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
