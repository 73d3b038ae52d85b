"""Which targets a run searches for next: the list, and before its rest those to be tried again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from preprocessing.missions.targets import Target

__all__ = ["BATCH", "NAMES_A_BATCH", "Backlog", "Batch", "batches"]

#: Targets per query. MAST answers queries for 200 to 1000 names; more names take longer.
BATCH = 400
#: Names per batch. Each name takes its own query, and a batch that fails starts over.
NAMES_A_BATCH = 30


@dataclass(frozen=True)
class Batch:
    """Targets of one search.

    Parameters
    ----------
    targets : sequence of Target
        The targets.
    is_retry : bool
        Whether this run tried them before.
    """

    targets: Sequence[Target]
    is_retry: bool


class Backlog:
    """Targets that a run has yet to search for, in batches.

    Parameters
    ----------
    catalog : str
        The catalog of the stars' numbers: `Mission.catalog`.
    """

    def __init__(self, catalog: str) -> None:
        self._catalog = catalog
        self._batches: deque[Batch] = deque()
        self._again: set[int | str] = set()

    def __len__(self) -> int:
        """Return how many targets there are."""
        return sum(len(batch.targets) for batch in self._batches)

    def put(self, targets: Iterable[Target]) -> None:
        """Put targets at the end."""
        self._batches += (Batch(each, False) for each in batches(targets, self._catalog))

    def put_again(self, targets: Iterable[Target]) -> list[Target]:
        """Put targets in front that this run tried before.

        Parameters
        ----------
        targets : iterable of Target
            Those of them that wait for another attempt already are left out.

        Returns
        -------
        list of Target
            Those that were put there.
        """
        new = [target for target in targets if target.identity not in self._again]
        self._again.update(target.identity for target in new)
        again = [Batch(each, True) for each in batches(new, self._catalog)]
        self._batches.extendleft(reversed(again))
        return new

    def tried_again(self, target: Target) -> None:
        """Note that a target was tried again, and may be put in front once more."""
        self._again.discard(target.identity)

    def take(self) -> Batch | None:
        """Take the next batch; None if there is none."""
        return self._batches.popleft() if self._batches else None


def batches(targets: Iterable[Target], catalog: str) -> Iterator[list[Target]]:
    """Yield targets in batches for a search, with few of those without a catalog number in each."""
    batch: list[Target] = []
    names = 0
    for target in targets:
        is_name = target.number_in(catalog) is None and target.problem is None
        if len(batch) == BATCH or (is_name and names == NAMES_A_BATCH):
            yield batch
            batch, names = [], 0
        batch.append(target)
        names += is_name
    if batch:
        yield batch
