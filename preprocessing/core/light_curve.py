"""The stitched light curve of one star as numpy arrays, and what is known of how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.file_record import FileRecord
from preprocessing.core.remote_path import Location

__all__ = ["LightCurve"]


@dataclass(frozen=True, eq=False)
class LightCurve:
    """The stitched light curve of one star.

    The arrays have one element per point, in time order, in the byte order of this machine.
    They own their memory: changing one changes neither the file nor any other array.

    Parameters
    ----------
    time : ndarray of float64, shape (n,)
        Barycentric time (TDB) in days since `bjd_reference`.
    flux, flux_err : ndarray of float32 or float64, shape (n,)
        Relative flux and its uncertainty: each file was divided by its median flux, so that
        1 is the usual brightness of the star. NaN where the author gives none. float64 only
        if the author's own files have it (K2SFF).
    quality : ndarray of int32, shape (n,)
        Quality flags of the mission or author; 0 where the author has none. Points with a flag
        of `quality_bitmask` were dropped when the file was made.
    cadence_number : ndarray of int32, shape (n,)
        The running number that the mission gives each exposure. Stars that were observed at
        the same cadence share it, which makes it the column to align stars on.
    sequence_number : ndarray of int32, shape (n,)
        The quarter, campaign or sector of each point; `sequence` says which.
    centroid_col, centroid_row : ndarray of float64, shape (n,)
        Centroid of the star on the detector, in pixels; NaN where the author has none.
    name : str
        The star's catalog and number, such as ``KIC 757076``.
    number : int
        The number alone.
    mission : str
        ``Kepler``, ``K2`` or ``TESS``.
    author : str
        Who made the light curves that were stitched, as MAST spells it: ``Kepler``, ``SPOC``,
        ``QLP``.
    sequence : str
        What the mission calls its stretches of time: ``quarter``, ``campaign``, ``sector``.
    cadence : str
        ``long``, ``short`` or ``fast``.
    exposure_s : float
        Time between two points, in seconds.
    flux_column : str
        The column of the author's files that `flux` comes from, such as ``PDCSAP_FLUX``.
    quality_bitmask : int
        Points with any of these quality flags were dropped.
    bjd_reference : int
        Barycentric Julian Date at which `time` is 0: 2454833 for Kepler and K2 (BKJD),
        2457000 for TESS (BTJD).
    is_synthetic : bool
        Whether a program made the light curve up. Never use such a star for science.
    program_version : str
        Version of this program that wrote the file.
    files : tuple of FileRecord
        Each file that the archive lists for the star, in time order: those that were stitched,
        and those that could not be.
    header : mapping of str to (str, int, float, bool or None)
        Every card of the primary header, for instance ``TEFF``, ``RADIUS``, ``KEPMAG``; None
        where the catalog has no value.
    path : Path or RemotePath
        The file that all of this was read from.
    """

    time: NDArray[np.float64] = field(repr=False)
    flux: NDArray[np.floating[Any]] = field(repr=False)
    flux_err: NDArray[np.floating[Any]] = field(repr=False)
    quality: NDArray[np.int32] = field(repr=False)
    cadence_number: NDArray[np.int32] = field(repr=False)
    sequence_number: NDArray[np.int32] = field(repr=False)
    centroid_col: NDArray[np.float64] = field(repr=False)
    centroid_row: NDArray[np.float64] = field(repr=False)
    name: str
    number: int
    mission: str
    author: str
    sequence: str
    cadence: str
    exposure_s: float
    flux_column: str
    quality_bitmask: int
    bjd_reference: int
    is_synthetic: bool
    program_version: str
    files: tuple[FileRecord, ...] = field(repr=False)
    header: Mapping[str, str | bool | int | float | None] = field(repr=False)
    path: Location

    def __len__(self) -> int:
        return len(self.time)

    @property
    def files_used(self) -> tuple[FileRecord, ...]:
        """The files that were stitched, in time order."""
        return tuple(record for record in self.files if record.is_used)

    @property
    def files_missing(self) -> tuple[FileRecord, ...]:
        """The files that are not in the light curve; `FileRecord.reason` says why."""
        return tuple(record for record in self.files if not record.is_used)

    def to_lightkurve(self) -> Any:
        """Return the same light curve as an object of the package `lightkurve`.

        Returns
        -------
        lightkurve.KeplerLightCurve, lightkurve.TessLightCurve or lightkurve.LightCurve
            With the columns, numbers, units, time format and metadata that
            ``lightkurve.read(path)`` gives, but two: ``AUTHOR`` and ``FLUX_ORIGIN`` say what
            the header says, where lightkurve takes every author for the mission's own.
        """
        from preprocessing.core.lightkurve_object import lightkurve_object

        return lightkurve_object(self)
