"""One star at a time by lightkurve's own means: search, `download_all`, `stitch`, `to_fits`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import lightkurve


def main(argv: Sequence[str]) -> None:
    """Download a list of stars.

    Parameters
    ----------
    argv : sequence of str
        A file with a KIC number a line, and the folder for the outputs.
    """
    listed, output = Path(argv[0]), Path(argv[1])
    output.mkdir(exist_ok=True)
    for kic in listed.read_text().split():
        found = lightkurve.search_lightcurve(f"KIC {kic}", author="Kepler", cadence="long")
        stitched = found.download_all().stitch()
        stitched.to_fits(output / f"KIC_{kic}.fits", overwrite=True)


if __name__ == "__main__":
    main(sys.argv[1:])
