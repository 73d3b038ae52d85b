"""Find out what a run mostly waits for, by looking at it once a second."""

from __future__ import annotations

from collections import Counter, deque

from preprocessing.acquire.runs.summary import StageClock
from preprocessing.network.traffic import Traffic
from preprocessing.system.waiting import CpuSlots

__all__ = ["Activity"]

#: How many looks count, the last ones.
_LOOKS = 15
#: Above this share of one processor's time, the processor is waited for: see `bottleneck`.
_CPU_BOUND = 0.8
#: Above this share of the limit of the rate, that is waited for.
_NEARLY_ALL = 0.9

_ANSWERS = "answers of the archive"
_FILES = "files to arrive"
_DISK = "the disk"
_PROCESSOR = "the processor"
_SEARCH = "the search"
_WORKERS = "other processes"
_RATE = "the limit --max-rate"


class Activity:
    """Counts what is under way, as a profiler does.

    Parameters
    ----------
    traffic : Traffic
        What requests do.
    stages : StageClock
        What runs of the search, and of writing.
    cpu_slots : CpuSlots or None
        Files that are processed here; None if others download.
    is_local : bool
        Whether all files come from directories of this machine.
    max_rate_mb_s : float or None
        Limit of the download rate, in 10**6 bytes per second; None for no limit.
    """

    def __init__(
        self,
        traffic: Traffic,
        stages: StageClock,
        cpu_slots: CpuSlots | None,
        *,
        is_local: bool = False,
        max_rate_mb_s: float | None = None,
    ) -> None:
        self._traffic = traffic
        self._stages = stages
        self._cpu_slots = cpu_slots
        self._is_local = is_local
        self._max_rate_mb_s = max_rate_mb_s
        self._looks: deque[Counter[str]] = deque(maxlen=_LOOKS)
        self._used: deque[tuple[float, float]] = deque(maxlen=_LOOKS)

    def look(self, seconds: float, cpu_seconds: float) -> None:
        """Look at what is under way.

        Parameters
        ----------
        seconds, cpu_seconds : float
            Since the run began, and the processor time of this process since then.
        """
        self._used.append((seconds, cpu_seconds))
        traffic, found = self._traffic, Counter[str]()
        if self._cpu_slots is None:
            found[_WORKERS] = traffic.in_flight
        elif self._is_local:
            found[_DISK] = traffic.in_flight
        else:
            found[_ANSWERS] = traffic.in_flight - traffic.receiving
            found[_FILES] = traffic.receiving
        if self._cpu_slots is not None:
            found[_PROCESSOR] = self._cpu_slots.in_hand
        found[_DISK] += self._stages.running["write"]
        if not +found:
            # While stars are worked on, nobody waits for the search of the next ones.
            found[_SEARCH] = self._stages.running["search"]
        self._looks.append(+found)

    def waiting_for(self, bytes_per_s: float) -> str | None:
        """Return what the run mostly waited for of late; None if nothing was seen.

        Parameters
        ----------
        bytes_per_s : float
            How much comes.
        """
        if self._max_rate_mb_s and bytes_per_s > _NEARLY_ALL * 1e6 * self._max_rate_mb_s:
            return _RATE
        if self._cpu_share > _CPU_BOUND:
            return _PROCESSOR
        seen = sum(self._looks, Counter[str]())
        return max(seen, key=lambda what: seen[what]) if seen else None

    @property
    def _cpu_share(self) -> float:
        if not self._used:
            return 0.0
        (began_s, cpu_before), (now_s, cpu_now) = self._used[0], self._used[-1]
        return (cpu_now - cpu_before) / (now_s - began_s) if now_s > began_s else 0.0
