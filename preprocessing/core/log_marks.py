"""Marks on log messages that whoever shows them understands."""

from __future__ import annotations

__all__ = ["EVERY_TIME"]

#: Passed as `extra` with a warning that the terminal shows each time, not only the first.
EVERY_TIME = {"every_time": True}
