"""What small pictures show of light."""

from __future__ import annotations

import numpy as np

from preprocessing.report.star.thumbnail import light_pixels

WIDTH, HEIGHT = 480, 120


def test_extremes_gaps_and_quarters_are_seen() -> None:
    """One deep point among thousands is seen, gaps are empty, and quarters alternate."""
    time_d = np.concatenate([np.arange(0, 80, 0.02), np.arange(90, 170, 0.02)])
    flux = np.ones(len(time_d))
    flux[1000] = 0.9
    quarter = np.repeat([1, 2], len(time_d) // 2)
    pixels = light_pixels(time_d, flux, quarter, WIDTH, HEIGHT)
    is_point = (pixels[..., :3] == (0, 114, 178)).all(axis=2) & (pixels[..., 3] > 120)
    assert is_point[:8].any()
    column = round(WIDTH * time_d[1000] / 170)
    assert is_point[-8:, column - 4 : column + 5].any()
    assert is_point[-8:].sum() <= 4
    gap = slice(round(WIDTH * 82 / 170), round(WIDTH * 88 / 170))
    assert not is_point[:, gap].any()
    assert pixels[HEIGHT // 2, WIDTH // 5, 3] == 0
    assert 0 < pixels[HEIGHT // 2, 4 * WIDTH // 5, 3] < 60


def test_long_gaps_are_cut() -> None:
    """Years between two sectors take a few pixels, and flat or empty light is no error."""
    time_d = np.concatenate([np.arange(0, 27, 0.02), 700 + np.arange(0, 27, 0.02)])
    sector = np.repeat([1, 27], len(time_d) // 2)
    pixels = light_pixels(time_d, np.ones(len(time_d)), sector, WIDTH, HEIGHT)
    is_empty = ~((pixels[..., 3] > 120).any(axis=0))
    assert is_empty.sum() < 30
    empty = np.zeros(0)
    assert not light_pixels(empty, empty, np.zeros(0, np.int64)).any()
