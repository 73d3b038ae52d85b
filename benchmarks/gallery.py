"""Draw the stars that have the lowest and highest values of each feature."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.real_light import labeled_quarters
from preprocessing.analysis.light import Light
from preprocessing.features.domains import DOMAINS
from preprocessing.features.extraction import Record, extract

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["gallery"]

_EACH_END = 5
_COLORS = ("#2b6ca3", "#b5442b")


@dataclass(frozen=True, eq=False)
class _Star:
    name: str
    kind: str
    light: Light = field(repr=False)
    record: Record = field(repr=False)


def gallery(labeled: Path, pictures: Path) -> None:
    """Draw one picture a domain: a row a feature, its five lowest and five highest stars.

    Parameters
    ----------
    labeled : Path
        The labeled light: ``truth.csv``, and a folder a star in ``kepler/``.
    pictures : Path
        Where the pictures are written, made if need be.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    kinds = _kinds(labeled / "truth.csv")
    stars = []
    for name, light in labeled_quarters(labeled):
        record = extract(light.time_d, light.flux, None, light.sequence)
        stars.append(_Star(name, kinds.get(name, ""), light, record))
    pictures.mkdir(parents=True, exist_ok=True)
    for domain in DOMAINS:
        names = [feature.name for feature in domain.features]
        path = pictures / f"{names[0].partition('_')[0]}.png"
        _draw(names, stars, path)
        print(f"{path}: {len(names)} features of {len(stars)} stars")


def _kinds(table: Path) -> dict[str, str]:
    """Return what catalogs say first of each star."""
    with table.open() as stream:
        rows = list(csv.DictReader(stream))
    return {row["target"]: row["kind"] for row in reversed(rows)}


def _draw(names: Sequence[str], stars: Sequence[_Star], path: Path) -> None:
    import matplotlib.pyplot as plt
    from PIL import Image

    figure, axes = plt.subplots(
        len(names), 2 * _EACH_END, figsize=(17, 1.5 * len(names)), squeeze=False
    )
    for name, row in zip(names, axes, strict=True):
        known = [star for star in stars if np.isfinite(star.record[name])]
        known.sort(key=lambda star: star.record[name])
        chosen = [*known[:_EACH_END], *known[-_EACH_END:]]
        for k, (axis, star) in enumerate(zip(row, chosen, strict=False)):
            _thumbnail(axis, star, name, _COLORS[k >= _EACH_END])
        row[0].set_ylabel(f"{name}\n{len(known)} of {len(stars)}", fontsize=8)
    for axis in axes.flat:
        axis.set_xticks([])
        axis.set_yticks([])
    figure.tight_layout(pad=0.3)
    figure.savefig(path, dpi=80)
    plt.close(figure)
    # Few colors make the file a third as large.
    Image.open(path).convert("RGB").quantize(8).save(path, optimize=True)


def _thumbnail(axis: Axes, star: _Star, name: str, color: str) -> None:
    light = star.light
    axis.plot(light.time_d, light.flux, ".", ms=0.8, color=color, rasterized=True)
    span = 1e6 * float(np.ptp(light.flux))
    axis.set_title(
        f"{star.record[name]:.3g}   {star.name}\n{star.kind[:16]}, {span:,.0f} ppm",
        fontsize=7,
        pad=2,
    )
