"""The records of a run: write every outcome to results, manifest, names and checkpoint."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from preprocessing.acquire.records.checkpoint import CheckpointManager
from preprocessing.acquire.records.manifest import Manifest, replacing_line, target_line
from preprocessing.acquire.records.manifest_history import FetchTimes
from preprocessing.acquire.records.results import (
    EarlierRows,
    ResultsLog,
    outcome_at,
    row_offsets,
)
from preprocessing.acquire.records.star_names import names_path, note_name, read_names
from preprocessing.core.errors import RunError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.missions.targets import Target, number_of_key, parse_target
from preprocessing.system.atomic import sync_file
from preprocessing.system.run_lock import HeldLocks
from preprocessing.system.waiting import WorkThreads
from preprocessing.system.write_errors import remedy

__all__ = ["Recorded", "Recorder", "RunRecords", "Unsettled"]

#: Number of outcomes between two checkpoints.
CHECKPOINT_EVERY = 100


class RunRecords:
    """The records of one run, and the only writer of their files.

    Parameters
    ----------
    results : ResultsLog, optional
        The results file, with a row for each target.
    checkpoint : CheckpointManager, optional
        The checkpoint, which says how far the run is.
    earlier : EarlierRows, optional
        Which rows of an earlier run stay.
    manifest : Manifest, optional
        The manifest, which names every file behind the results. Only used along with `results`.
    opening : mapping, optional
        The line that opens this run in the manifest.
    pending : sequence of Target, optional
        Targets that this run is to download.
    to_refresh : mapping of int or str to int, optional
        Positions of the rows of complete targets to refresh, by `Target.identity`.

    Attributes
    ----------
    pending : tuple of Target
        Targets that this run is to download.
    """

    def __init__(
        self,
        results: ResultsLog | None = None,
        checkpoint: CheckpointManager | None = None,
        earlier: EarlierRows | None = None,
        manifest: Manifest | None = None,
        opening: Mapping[str, Any] | None = None,
        pending: Sequence[Target] = (),
        to_refresh: Mapping[int | str, int] | None = None,
    ) -> None:
        earlier = earlier or EarlierRows()
        self.pending = tuple(pending)
        self._manifest = manifest
        self._run_at = manifest.append(opening) if manifest is not None and opening else 0
        self._results = results
        self._checkpoint = checkpoint
        self._done = earlier.done
        self._fetch_times = None
        if manifest is not None:
            self._fetch_times = FetchTimes(manifest.path, self._done)
        self._counts = earlier.counts
        self._since_checkpoint = 0
        self._unsettled: dict[int | str, Unsettled] = {}
        #: The same for what another attempt would hardly change.
        self._incomplete: dict[int | str, Unsettled] = {}
        self._replaced: set[int] = set()
        self._to_refresh = dict(to_refresh or {})
        #: Position of each target's row in the results; None until it is needed.
        self._rows_at: dict[int | str, int] | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of targets with each reason, those of earlier runs included."""
        return dict(self._counts)

    @property
    def is_checkpoint_due(self) -> bool:
        """Whether there were enough outcomes since the last checkpoint to write another."""
        return self._checkpoint is not None and self._since_checkpoint >= CHECKPOINT_EVERY

    def to_retry(self) -> list[Target]:
        """Return the targets that this run recorded, and that another attempt may change."""
        # A file in the way stays there until the user moves it.
        again = {
            identity
            for identity, recorded in self._unsettled.items()
            if recorded.reason is not Reason.FOREIGN_FILE
        }
        return [target for target in self.pending if target.identity in again]

    def incomplete(self) -> list[Target]:
        """Return the targets that this run recorded, and that are not complete."""
        again = self._unsettled.keys() | self._incomplete.keys()
        return [target for target in self.pending if target.identity in again]

    def timed_out(self) -> list[Target]:
        """Return those of `to_retry` of which a file did not come in time."""
        unsettled = self._unsettled
        return [target for target in self.to_retry() if unsettled[target.identity].timed_out]

    def add(self, outcome: TargetOutcome) -> Unsettled | None:
        """Record an outcome.

        Returns
        -------
        Unsettled or None
            The outcome that the new one replaces, if this run recorded the target before.

        Raises
        ------
        OSError
            From the file system.
        """
        identity = parse_target(outcome.target_id).identity
        is_final = outcome.reason is Reason.COMPLETE or outcome.is_final
        row_at = 0
        if self._results is not None:
            row_at = self._results.length
            if self._manifest is not None and self._fetch_times is not None:
                # Before the row: only a row makes a target done, and it must have its line.
                row = self._results.encode(outcome)
                line_at = self._manifest.append(target_line(outcome, row))
                if not is_final:
                    self._fetch_times.note(identity, line_at)
            self._results.append(outcome)
            if self._rows_at is not None:
                self._rows_at[identity] = row_at
        replaced = self._unsettled.pop(identity, None) or self._incomplete.pop(identity, None)
        if replaced is not None:
            self._replace(replaced.row_at, replaced.reason)
        refreshed = self._to_refresh.pop(identity, None)
        if refreshed is not None:
            self._replace(refreshed, Reason.COMPLETE)
        if is_final:
            self._done.add(identity)
        else:
            self._done.discard(identity)
        if outcome.reason is not Reason.COMPLETE:
            which = self._incomplete if is_final else self._unsettled
            which[identity] = Unsettled(
                row_at,
                outcome.reason,
                outcome.success,
                outcome.timed_out,
                outcome.has_unusual_median,
                outcome.lacks_flux,
                outcome.missing_files,
            )
        self._counts[str(outcome.reason)] += 1
        self._since_checkpoint += 1
        return replaced

    def _replace(self, row_at: int, reason: Reason) -> None:
        self._replaced.add(row_at)
        self._counts[str(reason)] -= 1
        self._counts += Counter()

    def with_fetch_times(self, outcome: TargetOutcome) -> TargetOutcome:
        """Return an outcome with the known fetch times of files from the previous output.

        Raises
        ------
        OSError
            From the file system.
        """
        return outcome if self._fetch_times is None else self._fetch_times.completed(outcome)

    def keep_recorded(self, outcome: TargetOutcome) -> bool:
        """Keep the earlier record of a target if a refresh did not change its output.

        Returns
        -------
        bool
            Whether the earlier record stays, so that the outcome must not be added.
        """
        identity = parse_target(outcome.target_id).identity
        provenance = outcome.provenance
        is_changed = provenance is not None and (provenance.is_new or provenance.same_as != "")
        is_lost = outcome.reason is Reason.FOREIGN_FILE
        if identity not in self._to_refresh or is_changed or is_lost:
            return False
        self._done.add(identity)
        return True

    def mark_superseded(self, target: Target) -> None:
        """Note on disk that the output of a target is about to be replaced.

        If the run ends before it writes the new row, the old row no longer counts.

        Raises
        ------
        OSError
            From the file system.
        """
        if self._manifest is not None and target.identity in self._to_refresh:
            self._manifest.append(replacing_line(target))
            self._manifest.sync()

    def drop_replaced(self) -> None:
        """Remove the rows of replaced outcomes from the results.

        Raises
        ------
        OSError
            From the file system.
        """
        if self._results is not None and self._replaced:
            self._results.drop(self._replaced)
            self._replaced, self._rows_at = set(), None

    def add_name(self, name: str, number: int, separation_arcsec: float | None) -> None:
        """Record which star a name stands for.

        Raises
        ------
        OSError
            From the file system.
        """
        if self._results is not None:
            note_name(names_path(self._results.path), name, number, separation_arcsec)

    def has_names(self, catalog: str) -> bool:
        """Tell whether an earlier run recorded a target by name, not by number."""
        return any(_number(identity, catalog) is None for identity in self._done)

    @property
    def keeps_rows(self) -> bool:
        """Whether there is a results file, in which `find` can look up outcomes."""
        return self._results is not None

    def find(self, identity: int | str) -> TargetOutcome | None:
        """Return the outcome of a target, read from the results file.

        The first call reads the whole file.
        """
        if self._results is None:
            return None
        if self._rows_at is None:
            self._rows_at = row_offsets(self._results.path)
        row_at = self._rows_at.get(identity)
        return None if row_at is None else outcome_at(self._results.path, row_at)

    def known_stars(self, catalog: str) -> dict[int, int | str]:
        """Return the identity of the target that recorded each star, by number in the catalog."""
        numbers = ((_number(identity, catalog), identity) for identity in self._done)
        stars = {number: identity for number, identity in numbers if number is not None}
        if self._results is not None:
            for name, number in read_names(names_path(self._results.path)).items():
                identity = parse_target(name).identity
                if identity in self._done:
                    stars.setdefault(number, identity)
        return stars

    def write_checkpoint(self) -> None:
        """Sync results and manifest to disk, then write how far they go.

        Raises
        ------
        OSError
            From the file system.
        """
        self._since_checkpoint = 0
        results: dict[str, Any] = {}
        manifest: dict[str, Any] = {}
        if self._manifest is not None:
            manifest = {
                "path": str(self._manifest.path),
                "bytes": self._manifest.length,
                "chain": self._manifest.chain,
                "run_at": self._run_at,
            }
            self._manifest.sync()
        if self._results is not None:
            results = {
                "path": str(self._results.path),
                "bytes": self._results.length,
                "sha256": self._results.digest,
            }
            sync_file(self._results.file_number())
        if self._checkpoint is not None:
            self._checkpoint.write(self._counts, results, manifest)

    def close(self) -> None:
        """Close the files."""
        for file in (self._results, self._manifest):
            if file is not None:
                file.close()


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A recorded outcome that another attempt may change.

    Parameters
    ----------
    row_at : int
        Position of its row in the results, in bytes.
    reason : Reason
        The target's outcome.
    success : bool
        Whether there is an output file.
    timed_out : bool
        Whether a file did not come in time.
    has_unusual_median, lacks_flux : bool
        As in `TargetOutcome`.
    missing_files : tuple of Reason
        As in `TargetOutcome`.
    """

    row_at: int
    reason: Reason
    success: bool
    timed_out: bool
    has_unusual_median: bool = False
    lacks_flux: bool = False
    missing_files: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Recorded:
    """How an outcome was recorded.

    Parameters
    ----------
    is_kept : bool
        Whether the earlier record stays, because a refresh changed nothing.
    replaced : Unsettled or None
        This run's earlier outcome of the same target; None if there was none.
    """

    is_kept: bool = False
    replaced: Unsettled | None = None


class Recorder:
    """Records outcomes one at a time, and only while the run's locks hold.

    Parameters
    ----------
    records : RunRecords
        The open records. `close` closes them.
    threads : WorkThreads
        Run the slow writes.
    locks : HeldLocks
        Locks of the places where the run writes.
    """

    def __init__(self, records: RunRecords, threads: WorkThreads, locks: HeldLocks) -> None:
        self._records = records
        self._threads = threads
        self._locks = locks
        self._writing = asyncio.Lock()

    async def add(self, outcome: TargetOutcome) -> Recorded:
        """Record an outcome, and write a checkpoint if one is due.

        Raises
        ------
        RunError
            A file cannot be written, or a lock is lost.
        """
        records = self._records
        async with self._writing:
            await self._locks.ensure()
            if records.keep_recorded(outcome):
                return Recorded(is_kept=True)
            try:
                if outcome.provenance is not None and outcome.provenance.took_over:
                    outcome = await self._threads.write(records.with_fetch_times, outcome)
                replaced = records.add(outcome)
            except OSError as error:
                raise _cannot_record(error, "results") from error
        if records.is_checkpoint_due:
            await self._write(records.write_checkpoint, "checkpoint")
        return Recorded(replaced=replaced)

    def add_name(self, name: str, number: int, separation_arcsec: float | None) -> None:
        """Record which star a name stands for.

        Raises
        ------
        RunError
            The file cannot be written.
        """
        try:
            self._records.add_name(name, number, separation_arcsec)
        except OSError as error:
            raise _cannot_record(error, "names") from error

    async def mark_superseded(self, target: Target) -> None:
        """Note on disk that the recorded output of a target is about to be replaced.

        Raises
        ------
        RunError
            The manifest cannot be written, or a lock is lost.
        """
        await self._write(partial(self._records.mark_superseded, target), "manifest")

    async def find(self, identity: int | str) -> TargetOutcome | None:
        """Return the recorded outcome of a target; None if there is none."""
        # Never reads the results file during a write.
        async with self._writing:
            return await self._threads.write(self._records.find, identity)

    async def close(self) -> None:
        """Drop replaced rows, write the last checkpoint, and close the files.

        Raises
        ------
        RunError
            A file cannot be written, or a lock is lost.
        """
        try:
            await self._write(self._records.drop_replaced, "results")
            await self._write(self._records.write_checkpoint, "checkpoint")
        finally:
            self._records.close()

    async def _write(self, write: Callable[[], None], what: str) -> None:
        """Write records in a thread. No other write can happen at the same time."""
        async with self._writing:
            await self._locks.ensure()
            try:
                await self._threads.write(write)
            except OSError as error:
                raise _cannot_record(error, what) from error


def _cannot_record(error: OSError, what: str) -> RunError:
    path = f" {error.filename}" if error.filename else ""
    return RunError(
        f"cannot write the {what}{path}: {error.strerror or error}. {remedy(error)}, then go on"
        " with --resume"
    )


def _number(identity: int | str, catalog: str) -> int | None:
    return None if isinstance(identity, str) else number_of_key(identity, catalog)
