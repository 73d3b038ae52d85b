"""Other searches for transits: box least squares of astropy, and transit least squares."""

from __future__ import annotations

from time import thread_time

import numpy as np

from preprocessing.analysis.light import Light
from preprocessing.analysis.trend import robust_trend

__all__ = ["PEERS", "box_least_squares", "transit_least_squares"]

_WINDOW_D = 1.5
_SHORTEST_D, _FEWEST_EVENTS = 0.5, 3
_DURATIONS_H = np.array([1.0, 1.6, 2.5, 4.0, 6.3])
#: Steps of frequency are so fine that the shortest transit shifts by a quarter over the light.
_SHIFT = 0.25
#: Signal detection efficiency from which Hippke & Heller (2019) count a detection.
_SDE = 7.0
_SNR = 7.1


def box_least_squares(light: Light) -> tuple[float, float]:
    """Return the best period of astropy's search, NaN if it is weak, and its processor time.

    Parameters
    ----------
    light : Light
        The light.
    """
    from astropy.timeseries import BoxLeastSquares

    started = thread_time()
    flux = light.flux / robust_trend(light, _WINDOW_D)
    step = _SHIFT * _DURATIONS_H[0] / 24 / light.baseline_d
    periods = 1 / np.arange(_FEWEST_EVENTS / light.baseline_d, 1 / _SHORTEST_D, step)
    noise = 1.4826 * np.median(np.abs(flux - np.median(flux)))
    search = BoxLeastSquares(light.time_d, flux, np.full(len(light), noise))
    found = search.power(periods, _DURATIONS_H / 24, objective="snr")
    best = int(np.argmax(found.power))
    period = float(periods[best]) if found.power[best] >= _SNR else np.nan
    return period, thread_time() - started


def transit_least_squares(light: Light) -> tuple[float, float]:
    """Return the best period of transit least squares, NaN if it is weak, and processor time.

    Parameters
    ----------
    light : Light
        The light.
    """
    from transitleastsquares import transitleastsquares

    started = thread_time()
    flux = light.flux / robust_trend(light, _WINDOW_D)
    found = transitleastsquares(light.time_d, flux, verbose=False).power(
        period_min=_SHORTEST_D,
        period_max=light.baseline_d / _FEWEST_EVENTS,
        n_transits_min=_FEWEST_EVENTS,
        use_threads=1,
        show_progress_bar=False,
    )
    period = float(found.period) if found.SDE >= _SDE else np.nan
    return period, thread_time() - started


PEERS = {
    "astropy, box least squares": box_least_squares,
    "transit least squares 2": transit_least_squares,
}
