"""The light of one star as arrays: with its trend, and with what happened when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D, binned
from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.analysis.trend import robust_trend
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import LightCurveNotFound
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.packed_folder import PackedFolder
from preprocessing.dataset.forms import FitsFolder, packed_form
from preprocessing.missions import MISSIONS, Mission

__all__ = ["LightFolder", "ShownLight", "Stretch", "read_light", "shown_light"]

#: The window of the trend that features flatten light with, in days.
TREND_D = 2.0


@dataclass(frozen=True)
class Stretch:
    """A quarter, campaign or sector of a star's light.

    Parameters
    ----------
    number : int
        Its number in file names.
    label : str
        As people write it: ``Q4``.
    start_d, end_d : float
        Its first and its last point, in the light's days.
    rows : slice
        Its points.
    crowdsap : float
        Share of the aperture's flux that is the star's; NaN if its file does not say.
    """

    number: int
    label: str
    start_d: float
    end_d: float
    rows: slice
    crowdsap: float


@dataclass(frozen=True, eq=False)
class ShownLight:
    """The light of one star, as features and vetting take it.

    Made by `read_light` and `shown_light`.

    Parameters
    ----------
    curve : LightCurve
        The light curve as the data set has it.
    light : Light
        Its points with time and flux, in time order; their flux is relative to the median of
        their quarter, campaign or sector.
    quality : ndarray of int64, shape (n,)
        Quality flags of the points of `light`.
    centroid_col, centroid_row : ndarray of float64, shape (n,)
        Place on the detector in pixels; NaN where it is not known.
    flags : mapping of str to int
        Bits of `quality` by the cause that they speak of; empty if the author's flags say something
        else.
    flag_names : mapping of int to str
        What each bit of `quality` says; empty if that is not known.
    flagged_d : mapping of str to ndarray of float64
        By what flags say, the times of rows that have them, rows without flux among them.
    """

    curve: LightCurve = field(repr=False)
    light: Light = field(repr=False)
    quality: NDArray[np.int64] = field(repr=False)
    centroid_col: Floats = field(repr=False)
    centroid_row: Floats = field(repr=False)
    flags: Mapping[str, int]
    flag_names: Mapping[int, str]
    flagged_d: Mapping[str, Floats] = field(repr=False)

    def __len__(self) -> int:
        return len(self.light)

    @property
    def mission(self) -> Mission:
        """Who observed."""
        return MISSIONS[self.curve.mission]

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """The quarters, campaigns or sectors with light, in time order."""
        light, edges = self.light, self.light.file_edges.tolist()
        share: dict[int, list[float]] = {}
        for one in self.curve.files_used:
            share.setdefault(one.sequence_number, []).append(one.crowdsap)
        found = []
        for start, stop in pairwise(edges):
            number = int(light.sequence[start])
            known = [one for one in share.get(number, []) if np.isfinite(one)]
            found.append(
                Stretch(
                    number,
                    self.mission.label(number),
                    float(light.time_d[start]),
                    float(light.time_d[stop - 1]),
                    slice(start, stop),
                    float(np.median(known)) if known else np.nan,
                )
            )
        return tuple(found)

    @cached_property
    def trend(self) -> Floats:
        """The slow part of the light in windows of two days, shape (n,); NaN where there is none.

        It is fitted to bins of 30 minutes and read between them.
        """
        return trend_of(self.light, TREND_D)

    @property
    def time_system(self) -> str:
        """What times count from: ``BJD - 2454833 (TDB)``."""
        return f"BJD - {self.curve.bjd_reference} (TDB)"


def trend_of(light: Light, window_d: float, is_used: NDArray[np.bool_] | None = None) -> Floats:
    """Return the trend of light of any sampling, fitted to bins of 30 minutes.

    Parameters
    ----------
    light : Light
        The light.
    window_d : float
        Length of the window in days.
    is_used : ndarray of bool, shape (n,), optional
        Points outside of known events; all if not given.
    """
    used = slice(None) if is_used is None else np.flatnonzero(is_used)
    chosen = Light(
        light.time_d[used], light.flux[used], light.flux_err[used], light.sequence[used], {}
    )
    grid = binned(chosen, GRID_D)
    trend = robust_trend(grid, window_d)
    found = np.full(len(light), np.nan)
    for first, last in pairwise(light.segment_edges):
        times = light.time_d[first:last]
        low, high = np.searchsorted(grid.time_d, [times[0] - GRID_D, times[-1] + GRID_D])
        known = np.flatnonzero(np.isfinite(trend[low:high])) + low
        if len(known):
            found[first:last] = np.interp(times, grid.time_d[known], trend[known])
    return found


class LightFolder:
    """The light of a data set, each star read when it is asked for.

    Parameters
    ----------
    root : Path
        The folder of the data set.

    Raises
    ------
    UsageError
        Its packed form cannot be read.
    """

    def __init__(self, root: Path) -> None:
        places = DatasetFolder(root)
        self._root = root
        # Of 200,000 packed stars, the list of where they are is long.
        self._packed = packed_form(PackedFolder(root), verify=False)
        self._folder = places.lightcurves if places.exists else root

    def read(self, file: str) -> ShownLight:
        """Read the light of one star, and of no other.

        Parameters
        ----------
        file : str
            As for `read_light`.

        Raises
        ------
        LightCurveNotFound, CorruptProduct, UnreadableProduct, OSError
            As `read_light` does.
        """
        if self._packed is not None and file in self._packed.places:
            return shown_light(self._packed.light_curves([file])[0])
        path = self._folder / file
        if not path.is_file():
            raise LightCurveNotFound(f"{path} is not there, and {self._root} has not packed it")
        return shown_light(FitsFolder(self._folder, verify=False).light_curves([file])[0])


def read_light(root: Path, file: str) -> ShownLight:
    """Read the light of one star, and of no other.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    file : str
        The name that the FITS file of the light curve has or had: see `StarTables.file_of`.

    Raises
    ------
    LightCurveNotFound
        The data set has it neither packed nor as FITS.
    CorruptProduct, UnreadableProduct, OSError
        Its file cannot be read.
    """
    return LightFolder(root).read(file)


def shown_light(curve: LightCurve) -> ShownLight:
    """Return a light curve as features and vetting take it.

    Parameters
    ----------
    curve : LightCurve
        The light curve.
    """
    light = prepare_light(curve.time, curve.flux, curve.flux_err, curve.sequence_number)
    mission = MISSIONS[curve.mission]
    author = mission.author_named.get(curve.author.lower())
    flags = {} if author is None else mission.flags_of(author)
    names = {} if author is None else mission.flag_names_of(author)
    # Of rows whose times cannot be the mission's, nothing more is asked.
    first_d, last_d = light.time_d[[0, -1]] if len(light) else (np.inf, -np.inf)
    is_timed = (curve.time >= first_d - 1) & (curve.time <= last_d + 1)
    time_d, quality = curve.time[is_timed], curve.quality[is_timed]
    flagged = {name: time_d[(quality & bits) != 0] for name, bits in flags.items()}
    return ShownLight(
        curve,
        light,
        curve.quality[light.rows].astype(np.int64),
        curve.centroid_col[light.rows],
        curve.centroid_row[light.rows],
        flags,
        names,
        {name: times for name, times in flagged.items() if len(times)},
    )
