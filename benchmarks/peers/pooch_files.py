"""The files of a list, one after the other, with pooch.

The archive publishes no hashes of single files, so that none can be given.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pooch


def main(argv: Sequence[str]) -> None:
    """Download a list of files.

    Parameters
    ----------
    argv : sequence of str
        A file with an address, a tab and a name a line, and the folder for the files.
    """
    listed, output = Path(argv[0]), Path(argv[1])
    for line in listed.read_text().splitlines():
        url, name = line.split("\t")
        pooch.retrieve(url, known_hash=None, fname=name, path=output)


if __name__ == "__main__":
    main(sys.argv[1:])
