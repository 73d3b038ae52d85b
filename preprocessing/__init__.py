"""Acquire, verify and stitch light curves of NASA's Kepler, K2 and TESS missions in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preprocessing._version import __version__

if TYPE_CHECKING:
    from preprocessing.acquire.downloader import AsyncDownloader
    from preprocessing.cli.notebook import download
    from preprocessing.core.errors import RunConflict, RunError, UsageError, XenoscanError
    from preprocessing.core.light_curve import LightCurve
    from preprocessing.core.outcomes import TargetOutcome
    from preprocessing.core.reasons import Reason
    from preprocessing.dataset.opening import open_dataset
    from preprocessing.dataset.reader import Dataset
    from preprocessing.fits.light_curve_file import read_light_curve

__all__ = [
    "AsyncDownloader",
    "Dataset",
    "LightCurve",
    "Reason",
    "RunConflict",
    "RunError",
    "TargetOutcome",
    "UsageError",
    "XenoscanError",
    "__version__",
    "download",
    "open_dataset",
    "read_light_curve",
]

_HOMES = {
    "AsyncDownloader": "acquire.downloader",
    "Dataset": "dataset.reader",
    "LightCurve": "core.light_curve",
    "Reason": "core.reasons",
    "RunConflict": "core.errors",
    "RunError": "core.errors",
    "TargetOutcome": "core.outcomes",
    "UsageError": "core.errors",
    "XenoscanError": "core.errors",
    "download": "cli.notebook",
    "open_dataset": "dataset.opening",
    "read_light_curve": "fits.light_curve_file",
}


def __getattr__(name: str) -> object:
    # The network libraries are loaded when they are first needed: a --help need not wait.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
