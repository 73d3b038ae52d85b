"""Draw the README's picture from real mission files: python docs/figures/light_curve.py FOLDER.

FOLDER holds the 18 long-cadence files of KIC 8644288 (Kepler-18), as MAST serves them. They are
downloaded, verified and stitched by the package, and the picture is drawn from what it wrote.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib
import numpy as np

from preprocessing import LightCurve, download, read_light_curve

matplotlib.use("Agg")
from matplotlib import pyplot as plt

STAR = "KIC 8644288"
PICTURE = Path(__file__).resolve().parent.parent / "_static" / "kepler-18.png"

#: Two neighbors never have the same color.
COLORS = ("#1f5a96", "#e07b2e")
#: The days in the lower panel (BKJD): they include the step from quarter 11 to 12.
CLOSE_UP = (1056.0, 1124.0)
#: Period in days and epoch in BKJD of the planets whose transits are marked (KOI table of the
#: NASA Exoplanet Archive, 2024-08-16).
PLANETS = {"c": (7.641567589, 135.407564), "d": (14.85890852, 128.154869)}


def main(folder: str) -> None:
    """Stitch the star's files, and draw them."""
    with TemporaryDirectory() as scratch:
        (outcome,) = download([STAR], dataset=scratch, archive=folder)
        light_curve = read_light_curve(outcome.filepath)
    draw(light_curve).savefig(PICTURE, dpi=110)


def draw(light_curve: LightCurve) -> plt.Figure:
    """Draw all quarters in one panel, and a close-up of some transits in another."""
    style = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    with plt.rc_context(style):
        figure, (whole, close) = plt.subplots(
            2, 1, figsize=(9, 4.6), layout="constrained", height_ratios=(3, 2)
        )
        percent = 100 * (light_curve.flux - 1)
        for number in np.unique(light_curve.sequence_number):
            chosen = light_curve.sequence_number == number
            time, color = light_curve.time[chosen], COLORS[number % 2]
            whole.plot(time, percent[chosen], ".", color=color, ms=1.6, mew=0)
            middle = (time[0] + time[-1]) / 2 - (5 if number == 0 else 0)  # Q0 lasts ten days
            whole.annotate(f"Q{number}", (middle, 0.33), ha="center", color=color, fontsize=8)
            shown = chosen & (light_curve.time > CLOSE_UP[0]) & (light_curve.time < CLOSE_UP[1])
            close.plot(light_curve.time[shown], percent[shown], ".", color=color, ms=3, mew=0)
        whole.axvspan(*CLOSE_UP, color="0.92", zorder=0)
        mark_transits(close)
        whole.set(ylim=(-0.45, 0.4), xlim=(110, 1600))
        close.set(ylim=(-0.42, 0.16), xlim=CLOSE_UP, xlabel="time (BJD - 2454833 d)")
        whole.set_title(
            f"{STAR} = Kepler-18: {len(light_curve.time):,} rows from 18 files, one FITS file",
            loc="left",
            fontsize=10,
        )
        figure.supylabel("flux above the quarter's median (%)", fontsize=9)
    return figure


def mark_transits(axes: plt.Axes) -> None:
    """Name the planet above each of its transits."""
    for planet, (period, epoch) in PLANETS.items():
        first = np.ceil((CLOSE_UP[0] - epoch) / period)
        last = np.floor((CLOSE_UP[1] - epoch) / period)
        for middle in epoch + period * np.arange(first, last + 1):
            axes.annotate(planet, (middle, 0.08), ha="center", color="0.35", fontsize=8)


if __name__ == "__main__":
    main(sys.argv[1])
