"""Everything that a fault may use to turn a correct answer into a wrong one."""

from __future__ import annotations

from dataclasses import dataclass

from preprocessing.simulator.calls import Call
from preprocessing.simulator.holdings import Holdings

__all__ = ["FaultContext"]


@dataclass(frozen=True)
class FaultContext:
    """One call that a fault affects.

    Parameters
    ----------
    call : Call
        The request.
    holdings : Holdings
        Stars and files of the archive.
    number : int
        A random number of 64 bits, for choices within the fault.
    base_url : str
        The archive's address, ``http://host:port``.
    """

    call: Call
    holdings: Holdings
    number: int
    base_url: str
