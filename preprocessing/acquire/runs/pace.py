"""How fast a run is, of late and in the long term, and how long the rest takes."""

from __future__ import annotations

from collections import deque

__all__ = ["Pace"]

#: What "of late" means, in seconds.
_LATE_S = 60.0
#: Over how long the rate is taken that the remaining time is computed from, in seconds. Archives
#: get slower and faster within minutes.
_LONG_S = 900.0
#: Before so many stars and so many seconds, no remaining time is given. Of n stars, a rate is known
#: to one part in the square root of n, if they come at random (Poisson).
_ENOUGH_STARS, _ENOUGH_S = 12, 10.0
#: How much of the way a remaining time goes towards a new one, each second.
_SMOOTHING = 0.1
#: A new figure so many times larger or smaller is taken at once.
_JUMP = 2.0


class Pace:
    """Measures rates from what was done at each second."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, int, int]] = deque()
        self._long: deque[tuple[float, int]] = deque()
        self._left_s: float | None = None

    def note(self, seconds: float, idle_s: float, stars: int, n_bytes: int) -> None:
        """Note the counts of a second.

        Parameters
        ----------
        seconds : float
            Since the run began.
        idle_s : float
            For how long of this the run could do nothing: outages and pauses are no part of the
            pace in the long term.
        stars : int
            Stars that it has done.
        n_bytes : int
            Bytes that it has received.
        """
        self._late.append((seconds, stars, n_bytes))
        while len(self._late) > 2 and seconds - self._late[1][0] >= _LATE_S:
            self._late.popleft()
        if stars:
            # Until the first star is done, searches are made and connections opened, once.
            worked_s = seconds - idle_s
            if self._long and self._long[-1][0] == worked_s:
                self._long.pop()
            self._long.append((worked_s, stars))
            while len(self._long) > 2 and worked_s - self._long[1][0] >= _LONG_S:
                self._long.popleft()

    @property
    def stars_per_s(self) -> float:
        """Stars in a second, of the last minute."""
        return self._of_late(1)

    @property
    def bytes_per_s(self) -> float:
        """Bytes in a second, of the last minute."""
        return self._of_late(2)

    def seconds_left(self, stars_left: int) -> float | None:
        """Return how long the rest takes, in seconds; None if that cannot be told yet.

        To be called once a second: the figure goes towards a new one little by little.

        Parameters
        ----------
        stars_left : int
            Stars to come.
        """
        rate = self._long_rate
        if rate is None:
            return None
        new_s = stars_left / rate
        old_s = self._left_s
        if old_s is None or not old_s / _JUMP <= new_s <= old_s * _JUMP:
            self._left_s = new_s
        else:
            self._left_s = old_s + _SMOOTHING * (new_s - old_s)
        return self._left_s

    @property
    def _long_rate(self) -> float | None:
        if not self._long:
            return None
        (began_s, before), (now_s, stars) = self._long[0], self._long[-1]
        if stars - before < _ENOUGH_STARS or now_s - began_s < _ENOUGH_S:
            return None
        return (stars - before) / (now_s - began_s)

    def _of_late(self, which: int) -> float:
        if not self._late:
            return 0.0
        first, last = self._late[0], self._late[-1]
        seconds = last[0] - first[0]
        return (last[which] - first[which]) / seconds if seconds > 0 else 0.0
