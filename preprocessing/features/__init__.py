"""What a light curve is like: arrays in, numbers out.

`extract` returns the record of one light curve. `light.prepare_light` is the only way in: whatever
computes here takes the `Light` that it returns. Nothing but `table`, the stage around it, reads or
writes a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preprocessing.features.extraction import Record, extract

__all__ = ["Record", "extract"]


def __getattr__(name: str) -> object:
    # Loads numba, which not every module here needs.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from preprocessing.features import extraction

    return getattr(extraction, name)
