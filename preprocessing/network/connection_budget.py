"""Share out connections to an archive among units of work on many machines."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ConnectionBudget", "Share"]


@dataclass(frozen=True)
class Share:
    """The connections that a unit of work has.

    Parameters
    ----------
    connections : int
        How many.
    epoch : int
        How often the budget had shrunk when it got them.
    """

    connections: int
    epoch: int


class ConnectionBudget:
    """Bounds the connections that all units in flight have together.

    Whoever hands out units keeps it, so that it needs no server and no leases: what a dead worker
    had comes back with its unit. Refusals halve it, once for all units that were in flight
    together; each unit without one adds a connection, up to what was allowed at first.

    Parameters
    ----------
    a_unit : int
        The most connections of one unit.

    Notes
    -----
    Additive increase and multiplicative decrease, as in TCP (RFC 5681) and in `Throttle`, which
    each unit has besides. That one acts at once; this one when a unit comes back.
    """

    def __init__(self, a_unit: int) -> None:
        self._a_unit = a_unit
        self._limit: int | None = None
        self._epoch = 0
        self._in_use = 0

    def take(self, most: int) -> Share | None:
        """Return a share for one more unit; None if it must wait.

        Parameters
        ----------
        most : int
            What the units may have together if the archive refuses none.
        """
        limit = most if self._limit is None else min(most, self._limit)
        connections = min(self._a_unit, limit - self._in_use)
        if connections < 1:
            return None
        self._in_use += connections
        return Share(connections, self._epoch)

    def give_back(self, share: Share, refusals: int) -> None:
        """Take a share back from a unit that ended.

        Parameters
        ----------
        share : Share
            What it had.
        refusals : int
            How many of its requests the archive refused, for there were too many.
        """
        in_use, self._in_use = self._in_use, self._in_use - share.connections
        if share.epoch < self._epoch:
            # Its refusals are of before the budget shrank.
            return
        if refusals:
            self._limit = max(1, in_use // 2)
            self._epoch += 1
        elif self._limit is not None:
            self._limit += 1
