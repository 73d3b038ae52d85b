"""Data releases: some files of an archive as a later processing of the mission made them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from preprocessing.missions import Product
from preprocessing.simulator.synthesis.header_template import HeaderValue

__all__ = ["FINAL_RELEASE", "Release", "parse_release", "process_again", "version_values"]

#: The mission's last one, of which all its files are now.
FINAL_RELEASE = 25
#: By how much a new processing changes the flux, at the ends of a quarter.
_CHANGE = 1e-4


@dataclass(frozen=True)
class Release:
    """A release beyond the last, and how many of the files have been processed for it.

    Parameters
    ----------
    number : int
        26 or more; 25 if there is none.
    share : float
        Of the files, 0 to 1; the others stay as they were.
    """

    number: int = FINAL_RELEASE
    share: float = 0.0

    def of(self, product: Product, seed: int) -> int:
        """Return the release that a file is of: the same whenever it is asked for."""
        chance = Random(f"{seed} release {product.file_name}").random()
        return self.number if chance < self.share else FINAL_RELEASE


def parse_release(text: str) -> Release:
    """Read a release as the command line gives it.

    Raises
    ------
    ValueError
        It is no such text.

    Examples
    --------
    >>> parse_release("26=0.3")
    Release(number=26, share=0.3)
    """
    number, _, share = text.partition("=")
    release = Release(int(number), float(share))
    if not (FINAL_RELEASE < release.number < 100 and 0 <= release.share <= 1):
        raise ValueError(f"{text!r} is not a release from 26 to 99 with a share from 0 to 1")
    return release


def version_values(number: int) -> dict[str, HeaderValue]:
    """Return the cards that tell a release."""
    is_last = number == FINAL_RELEASE
    return {"DATA_REL": number, "PROCVER": "synthetic" if is_last else f"synthetic {number}"}


def process_again(rows: NDArray[np.void], number: int) -> None:
    """Change the corrected flux of a file as a release after the last does."""
    slope = np.linspace(-_CHANGE, _CHANGE, len(rows), dtype=np.float32)
    rows["PDCSAP_FLUX"] *= 1 + slope * np.float32(number - FINAL_RELEASE)
