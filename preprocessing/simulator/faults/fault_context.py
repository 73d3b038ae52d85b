"""Where a fault strikes: all that decides what it makes of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from preprocessing.simulator.calls import Call
from preprocessing.simulator.holdings import Holdings

__all__ = ["FaultContext"]


@dataclass(frozen=True)
class FaultContext:
    """One call that a fault befalls.

    Parameters
    ----------
    call : Call
    holdings : Holdings
        Of the archive that answers.
    number : int
        Random, of 64 bits: what is left to chance follows from it.
    base_url : str
        The archive's address, ``http://host:port``.
    """

    call: Call
    holdings: Holdings
    number: int
    base_url: str
