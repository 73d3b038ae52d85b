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
        A file with a number a line, the folder for the outputs, the catalog of the numbers,
        author and exposure time in seconds of the light curves, and what an output is called,
        with ``{}`` for the number.
    """
    listed, output, catalog, author, exposure_s, name = argv
    Path(output).mkdir(exist_ok=True)
    for number in Path(listed).read_text().split():
        # Exposure times are listed in whole seconds, and Kepler's rounded.
        found = lightkurve.search_lightcurve(f"{catalog} {number}", author=author)
        near = abs(found.exptime.value - float(exposure_s)) < 0.1 * float(exposure_s)
        stitched = found[near].download_all().stitch()
        stitched.to_fits(Path(output) / name.format(number), overwrite=True)


if __name__ == "__main__":
    main(sys.argv[1:])
