"""Data releases: a share of the archive's files as reprocessed by the mission."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from preprocessing.missions import Product
from preprocessing.simulator.synthesis.header_template import HeaderValue

__all__ = ["FINAL_RELEASE", "Release", "parse_release", "process_again", "version_values"]

#: The mission's last data release; all real files of Kepler belong to it.
FINAL_RELEASE = 25
#: Relative change of the flux at both ends of a quarter, per release.
_CHANGE = 1e-4


@dataclass(frozen=True)
class Release:
    """A data release after the mission's last one.

    Parameters
    ----------
    number : int
        26 or more; 25 if there is none.
    share : float
        Fraction of the files reprocessed for it, 0 to 1. The others stay unchanged.
    """

    number: int = FINAL_RELEASE
    share: float = 0.0

    def of(self, product: Product, seed: int) -> int:
        """Return the number of the release that a file belongs to; repeated calls agree.

        Parameters
        ----------
        product : Product
            The file.
        seed : int
            The population's seed, which selects the reprocessed files.
        """
        chance = Random(f"{seed} release {product.file_name}").random()
        return self.number if chance < self.share else FINAL_RELEASE


def parse_release(text: str) -> Release:
    """Read a release as the command line gives it: ``NUMBER=SHARE``.

    Parameters
    ----------
    text : str
        The option's value.

    Raises
    ------
    ValueError
        The text has another form, or a value is out of range.

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
    """Return the header cards that name a release.

    Parameters
    ----------
    number : int
        The release.
    """
    is_last = number == FINAL_RELEASE
    return {"DATA_REL": number, "PROCVER": "synthetic" if is_last else f"synthetic {number}"}


def process_again(rows: NDArray[np.void], number: int) -> None:
    """Change the corrected flux of a file, in place, as reprocessing for a release does.

    Parameters
    ----------
    rows : ndarray, dtype `LIGHT_CURVE_ROW`
        The file's table.
    number : int
        The release; the mission's last one changes nothing.
    """
    slope = np.linspace(-_CHANGE, _CHANGE, len(rows), dtype=np.float32)
    rows["PDCSAP_FLUX"] *= 1 + slope * np.float32(number - FINAL_RELEASE)
