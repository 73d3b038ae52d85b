"""The usual design: threads over stars, and in each a loop over lightkurve's quarters.

What a loop over `download`, wrapped in a ``try`` that logs and goes on, makes of a list:
the shape of most bulk scripts that are written over lightkurve.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lightkurve

_log = logging.getLogger(__name__)


def main(argv: Sequence[str]) -> None:
    """Download a list of stars.

    Parameters
    ----------
    argv : sequence of str
        A file with a KIC number a line, the folder for the outputs, and how many threads.
    """
    listed, output, workers = Path(argv[0]), Path(argv[1]), int(argv[2])
    output.mkdir(exist_ok=True)
    with ThreadPoolExecutor(workers) as pool:
        for kic in listed.read_text().split():
            pool.submit(save_star, kic, output)


def save_star(kic: str, output: Path) -> None:
    """Write one star's light curve, stitched of the quarters that could be had."""
    try:
        found = lightkurve.search_lightcurve(f"KIC {kic}", author="Kepler", cadence="long")
        curves = [curve for row in found if (curve := download(row)) is not None]
        stitched = lightkurve.LightCurveCollection(curves).stitch()
        stitched.to_fits(output / f"KIC_{kic}.fits", overwrite=True)
    # That whatever happens is logged and nothing stops is the point of this design.
    except Exception:
        _log.exception("KIC %s failed", kic)


def download(row: lightkurve.SearchResult) -> lightkurve.LightCurve | None:
    """Return one quarter, or None if anything went wrong."""
    try:
        return row.download()
    # The same here: it is how quarters are lost without a word.
    except Exception:
        _log.exception("quarter failed, go on: %s", row)
        return None


if __name__ == "__main__":
    main(sys.argv[1:])
