"""A small data set with FITS files, and the same packed."""

from __future__ import annotations

from pathlib import Path

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.dataset.packing.pack import PackRequest, pack
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from tests.support.outputs import write_output

__all__ = ["FIRST_NUMBER", "pack_folder", "packed_data_set"]

#: The stars have this number and those that follow.
FIRST_NUMBER = 757076


def packed_data_set(root: Path, n_stars: int) -> Path:
    """Write stars of Kepler with two quarters each, the second one missing; pack them."""
    places = DatasetFolder(root)
    places.lightcurves.mkdir(parents=True)
    for number in range(FIRST_NUMBER, FIRST_NUMBER + n_stars):
        one, other = (kepler_product(LONG_STAMPS[q][0], number, "long") for q in (1, 2))
        write_output(places.lightcurves, [one], failed=[other])
    pack_folder(root)
    return root


def pack_folder(root: Path) -> None:
    """Pack what is in the folder of a data set."""
    pack(PackRequest(root, with_centroids=True, archive="", manifest_chain=""))
