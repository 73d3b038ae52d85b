"""Marks on log messages for the handlers that show them."""

from __future__ import annotations

__all__ = ["EVERY_TIME"]

#: Pass this as `extra` with a warning that the terminal must repeat, not show only once.
EVERY_TIME = {"every_time": True}
