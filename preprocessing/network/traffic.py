"""What the requests of a run do at the moment, and what has come of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Traffic"]


@dataclass
class Traffic:
    """Counts of all requests of a run for files.

    Parameters
    ----------
    in_flight : int
        Files that are requested at the moment.
    receiving : int
        Requests of which the answer has begun, and not ended.
    bytes : int
        Bytes that have come, those of failed requests included.
    """

    in_flight: int = 0
    receiving: int = 0
    bytes: int = 0
