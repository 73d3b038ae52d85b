"""Download one star: fetch, process and append each of its files, then finish the output."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from os.path import lexists
from pathlib import Path

from preprocessing.acquire.archives.base import FetchedFile, StarFiles
from preprocessing.acquire.runs.file_fetcher import FileFetcher
from preprocessing.acquire.runs.kept_files import KeptFiles
from preprocessing.acquire.runs.source import FileSources
from preprocessing.acquire.runs.summary import StageClock
from preprocessing.acquire.settings import Mode
from preprocessing.core.clock import ClockReading
from preprocessing.core.errors import ArchiveError, ProductError, ProductNotFound, RunError
from preprocessing.core.file_record import FAILED, USED, Fetched, FileRecord, failed_file
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.core.outcomes import OutputFile, Provenance, TargetOutcome, describe_files
from preprocessing.core.reasons import TRANSIENT, Reason
from preprocessing.fits.foreign_file import foreign_file
from preprocessing.fits.previous_output import PreviousOutput, read_previous_output
from preprocessing.fits.stitch import StitchedFile, stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions import Product
from preprocessing.missions.observations import unlisted_file
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.network.transfer import Transfer
from preprocessing.system.waiting import WorkThreads, loop_time, utc_now
from preprocessing.system.write_errors import remedy

__all__ = ["StarDownloader", "wait_for_stall"]

_log = logging.getLogger(__name__)

#: Time between two checks of a target's progress: this share of its remaining time, but at least
#: so many seconds. One that comes late by as much again shows that this process was stopped.
_CHECKED_SHARE, _CHECKED_S = 0.1, 0.5


@dataclass(frozen=True)
class StarDownloader:
    """Downloads stars into one folder.

    Parameters
    ----------
    recipe : Recipe
        What is stitched, and how.
    output_dir : Path
        Where the outputs go.
    mode : Mode
        Whether to reuse outputs of an earlier run, and whether to check for newer versions of
        their files.
    timeout_s : float
        Seconds without progress after which a star is given up for now.
    files : FileSources
        Where the files come from.
    threads : WorkThreads
        Where files are processed, read and written.
    stages : StageClock
        Adds up the time spent in each stage.
    kept_files : KeptFiles or None
        Where raw files are kept; None to keep none.
    note_clock : callable or None
        Called with what a file says of the mission's clock; None if nobody wants to know.
    mark_superseded : callable
        Awaited with a target before a refresh replaces its output.
    """

    recipe: Recipe
    output_dir: Path
    mode: Mode
    timeout_s: float
    files: FileSources
    threads: WorkThreads
    stages: StageClock
    kept_files: KeptFiles | None
    note_clock: Callable[[ClockReading], None] | None
    mark_superseded: Callable[[Target], Awaitable[None]]

    def download(
        self, target: Target, star: StarFiles, *, is_retry: bool
    ) -> Awaitable[TargetOutcome]:
        """Download a star's files, and write them as one light curve.

        Parameters
        ----------
        target : Target
            The star, as the user named it.
        star : StarFiles
            The files that the archive promises.
        is_retry : bool
            Whether this run tried the star before, so that its output may be there.

        Returns
        -------
        awaitable of TargetOutcome
            The outcome, even if files failed: the remaining files are still stitched. Awaiting
            it raises `RunError` if the output cannot be written.
        """
        author = self.recipe.mission.author_named[star.author.lower()]
        recipe = self.recipe.resolved_for(author, star.cadence)
        path = self.output_dir / recipe.output_name(target.file_stem)
        output = _Output(path, recipe, star.products, len(star.left_out))
        may_be_there = is_retry or self.mode is not Mode.NEW
        return _StarDownload(self, target, star, recipe, output).run(may_be_there)


class _Output:
    """The output of one star while it is written, and the records of its files so far."""

    def __init__(
        self, path: Path, recipe: Recipe, products: Sequence[Product], n_left_out: int
    ) -> None:
        self.path = path
        self.records: list[FileRecord] = []
        self.file: OutputFile | None = None
        self._recipe = recipe
        self._products = products
        self._n_left_out = n_left_out
        self.writer: StitchedWriter | None = None

    @property
    def n_used(self) -> int:
        return sum(record.status == USED for record in self.records)

    def append(self, quarter: StitchedFile) -> None:
        if self.writer is None:
            self.writer = StitchedWriter(
                self.path, self._recipe, self._products[0].exposure_s, self._n_left_out
            )
        self.writer.describe_star(quarter.star)
        self.writer.append(quarter.rows)
        # Here, so that rows and record stay together even if the star is given up meanwhile.
        self.records.append(quarter.record)

    def sort_records(self) -> None:
        self.records.sort(key=lambda record: record.sort_key)

    def discard(self) -> None:
        """Remove what was written, unless the output is finished."""
        if self.writer is not None and self.file is None:
            # A disk error was reported where it first occurred.
            with suppress(OSError):
                self.writer.discard()


class _StarDownload:
    """The download of one star."""

    def __init__(
        self,
        run: StarDownloader,
        target: Target,
        star: StarFiles,
        recipe: Recipe,
        output: _Output,
    ) -> None:
        self._run = run
        self._target = target
        self._star = star
        self._recipe = recipe
        self._output = output
        self._began = loop_time()
        transfer = self._transfer = Transfer(rivals=run.files.rivals, traffic=run.files.traffic)
        self._fetcher = FileFetcher(star, target.name, recipe, run.files, transfer, self._process)
        self._previous: PreviousOutput | None = None
        #: Files of the previous output that have a newer version in the archive.
        self._superseded: set[Product] = set()

    async def run(self, may_be_there: bool) -> TargetOutcome:
        """Download the star until it is done or stalls."""
        if (foreign := await self._run.threads.write(self._foreign)) is not None:
            return self._protected(foreign)
        try:
            if may_be_there:
                self._previous = await self._run.threads.write(
                    read_previous_output, self._output.path, self._recipe, self._star.number
                )
            if self._previous is None:
                # Otherwise the previous output shows which files are needed.
                self._fetcher.expect(self._star.products)
            work = asyncio.ensure_future(self._append_all())
            stall = asyncio.ensure_future(
                wait_for_stall(self._seconds_left, self._transfer.exclude_time, self._may_go_on)
            )
            try:
                done, _ = await asyncio.wait([work, stall], return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                came = await self._end(work, stall)
            is_stalled = work not in done
            if is_stalled:
                _log.warning(
                    "%s: no progress for %.0f s, or too slow: given up for now",
                    self._target.name,
                    self._run.timeout_s,
                )
                await self._append_what_came(came)
            return await self._finish(is_stalled)
        except OSError as error:
            raise _cannot_write(self._output.path, error) from error
        finally:
            self._output.discard()

    async def _end(
        self, work: asyncio.Task[None], stall: asyncio.Task[None]
    ) -> dict[Product, FetchedFile]:
        """Cancel the background tasks; return files that arrived but were not used."""
        for task in (work, stall):
            task.cancel()
        # Also retrieves errors raised during the cancellation.
        await asyncio.gather(work, stall, return_exceptions=True)
        return await self._fetcher.end()

    async def _append_all(self) -> None:
        """Fetch, process and append every file."""
        if self._run.mode is Mode.REFRESH and self._previous is not None:
            await self._find_newer(self._previous)
            if not self._superseded and all(map(self._previous.record, self._star.products)):
                # The previous output is complete and up to date, so it is not rewritten.
                self._output.records += self._previous.records
                return
        for product in self._star.products:
            try:
                if not await self._append_previous(product):
                    await self._fetcher.get(product)
            except (ArchiveError, ProductError) as error:
                if not await self._append_superseded(product):
                    self._note_failure(product, error)
            self._transfer.touch()

    async def _find_newer(self, previous: PreviousOutput) -> None:
        """Find the files of the previous output that have a newer version in the archive."""
        for product in self._star.products:
            record = previous.record(product)
            if record is None:
                continue
            try:
                if await self._fetcher.has_newer(product, record):
                    self._superseded.add(product)
            except (ArchiveError, ProductError) as error:
                _log.warning(
                    "%s %s: kept as it is, since the archive does not say whether there is a newer"
                    " version: %s",
                    self._target.name,
                    product.label,
                    error,
                )
            self._transfer.touch()

    async def _append_previous(self, product: Product) -> bool:
        """Append a file from the previous output; return whether it was there."""
        if self._previous is None or product in self._superseded:
            return False
        threads, is_first = self._run.threads, self._output.writer is None
        quarter = await threads.write(self._previous.stitched_file, product, is_first)
        if quarter is not None:
            with self._run.stages.timed("write"):
                await threads.write(self._output.append, quarter)
        return quarter is not None

    async def _append_superseded(self, product: Product) -> bool:
        """Append a file from the previous output after its newer version failed."""
        if product not in self._superseded:
            return False
        self._superseded.remove(product)
        _log.warning(
            "%s %s: the newer version is not available, so the earlier one stays",
            self._target.name,
            product.label,
        )
        return await self._append_previous(product)

    async def _append_what_came(self, came: Mapping[Product, FetchedFile]) -> None:
        """Append the files that arrived, or that the previous output has, after a stall."""
        for product in self._star.products[len(self._output.records) :]:
            if product not in came:
                self._superseded.discard(product)
            if await self._append_previous(product):
                continue
            if product not in came:
                self._output.records.append(failed_file(product, Reason.TIMEOUT))
                continue
            try:
                await self._fetcher.check(product, came[product])
            except ProductError as error:
                self._note_failure(product, error)

    def _note_failure(self, product: Product, error: ArchiveError | ProductError) -> None:
        _log.warning("%s %s: %s", self._target.name, product.label, error)
        cause = str(error).removeprefix(f"{product.file_name}: ")
        is_server = self._run.files.sources[0].archive.may_be_down
        # The log has a server's words. These tell no more than the reason does.
        if isinstance(error, ProductNotFound) or (isinstance(error, ArchiveError) and is_server):
            cause = ""
        self._output.records.append(failed_file(product, error.reason, cause))

    async def _process(self, product: Product, file: FetchedFile) -> str:
        """Verify, stitch and append one file, in a single thread call; return its SHA-256."""
        threads, stages = self._run.threads, self._run.stages
        async with threads.cpu_slots.slot():
            self._fetcher.ask_ahead()
            quarter, write_s = await threads.compute(self._process_in_thread, product, file)
        for stage, seconds in (*quarter.seconds.items(), ("write", write_s)):
            stages.add(stage, seconds)
        await self._keep(product, file)
        if quarter.record.reason is Reason.UNUSUAL_MEDIAN:
            _log.warning(
                "%s %s: normalized by a median of %g",
                self._target.name,
                product.label,
                quarter.record.median,
            )
        return quarter.record.sha256

    def _process_in_thread(self, product: Product, file: FetchedFile) -> tuple[StitchedFile, float]:
        fetched = Fetched(file.time, file.archive)
        quarter = stitch_file(file.body, product, self._recipe, file.has_source_digest, fetched)
        began = time.perf_counter()
        self._output.append(quarter)
        write_s = time.perf_counter() - began
        if quarter.clock is not None and self._run.note_clock is not None:
            self._run.note_clock(quarter.clock)
        return quarter, write_s

    async def _keep(self, product: Product, file: FetchedFile) -> None:
        """Keep a raw file, if raw files are kept."""
        if self._run.kept_files is not None:
            with self._run.stages.timed("write"):
                await self._run.threads.write(self._run.kept_files.keep, product, file.body)

    async def _finish(self, is_stalled: bool) -> TargetOutcome:
        """Write the output if there is anything to write, and return the outcome."""
        output, previous = self._output, self._previous
        mission = self._recipe.mission
        output.records += (unlisted_file(mission, n) for n in self._star.unlisted_numbers)
        output.sort_records()
        waiting_s = self._transfer.waiting_s
        self._run.stages.add("wait", waiting_s)
        self._run.stages.add("receive", max(0.0, self._fetcher.fetching_s - waiting_s))
        if previous is not None and output.n_used < len(previous.records):
            _log.warning("%s: the previous output has more, and stays", self._target.name)
            output.records = previous.merged(output.records)
            output.sort_records()
            return self._outcome(is_stalled, previous, previous.file)
        if previous is not None and previous.accounts_for(output.records):
            return self._outcome(is_stalled, previous, previous.file)
        writer = output.writer
        if writer is not None and writer.n_rows:
            if writer.is_synthetic:
                _log.info("%s is synthetic: made by a program, not observed", self._target.name)
            if self._run.mode is Mode.REFRESH:
                await self._run.mark_superseded(self._target)
            with self._run.stages.timed("write"):
                foreign = await self._run.threads.write(self._publish, writer)
            if foreign is not None:
                return self._protected(foreign)
        return self._outcome(is_stalled, writer, output.file)

    def _foreign(self) -> str | None:
        """Say what another program left under the output's name; None if it left nothing."""
        return foreign_file(self._output.path) if lexists(self._output.path) else None

    def _publish(self, writer: StitchedWriter) -> str | None:
        """Finish the output, unless another program's file took its name meanwhile; name that."""
        if (foreign := self._foreign()) is None:
            self._output.file = writer.finish(self._output.records, self._star.separation_arcsec)
        return foreign

    def _protected(self, foreign: str) -> TargetOutcome:
        """Return the outcome of a star whose output has the name of a file of somebody else."""
        error = (
            f"{self._output.path} is not of this program, but {foreign}. It stays as it is: move it"
            " away, then go on with --resume"
        )
        _log.warning("%s: %s", self._target.name, error, extra=EVERY_TIME)
        self._output.records.clear()
        outcome = self._outcome(False, None, None)
        return replace(outcome, reason=Reason.FOREIGN_FILE, error=error)

    def _seconds_left(self) -> float:
        timeout_s = self._run.timeout_s
        budget_s = self._run.files.pace.budget_s(len(self._star.products), timeout_s)
        return self._transfer.seconds_left(timeout_s, budget_s)

    async def _may_go_on(self) -> bool:
        """Tell whether an outage of the archive used up the star's time; if so, restart it."""
        is_down = await self._fetcher.is_archive_down()
        if is_down:
            self._transfer.restart()
        return is_down

    def _outcome(
        self,
        is_stalled: bool,
        output: StitchedWriter | PreviousOutput | None,
        file: OutputFile | None,
    ) -> TargetOutcome:
        records, star = self._output.records, self._star
        failed = [record for record in records if record.status == FAILED]
        n_rows = output.n_rows if output else 0
        return TargetOutcome(
            target_id=self._target.name,
            success=n_rows > 0,
            n_points=n_rows,
            duration_days=output.last_time - output.first_time if output and n_rows else 0.0,
            filepath=str(self._output.path) if n_rows else "",
            error=_error_text(records, n_rows),
            download_time=loop_time() - self._began,
            timestamp=utc_now(),
            reason=_outcome_reason(failed, n_rows, is_stalled),
            quarters_found=len(records),
            quarters_used=len(records) - len(failed),
            quarters_failed=len(failed),
            bytes=self._transfer.bytes,
            retries=self._fetcher.retries,
            catalog_number=star.number,
            mission=self._recipe.mission_name,
            author=star.author,
            cadence=star.cadence,
            exposure_s=star.products[0].exposure_s if star.products else None,
            flux_column=self._recipe.flux_column,
            n_finite=sum(record.rows_finite for record in records),
            files_left_out=len(star.left_out),
            provenance=Provenance(
                star.number,
                file,
                tuple(records),
                is_new=self._output.file is not None,
                author=star.author,
                cadence=star.cadence,
                left_out=tuple(product.file_name for product in star.left_out),
                took_over=self._previous is not None,
            ),
        )


async def wait_for_stall(
    seconds_left: Callable[[], float],
    exclude_time: Callable[[float], None],
    may_go_on: Callable[[], Awaitable[bool]],
) -> None:
    """Return as soon as a target has no time left.

    Parameters
    ----------
    seconds_left : callable
        Returns how long the target may still take, in seconds.
    exclude_time : callable
        Called with the number of seconds in which this process did not run.
    may_go_on : callable
        Awaited when the time is up. Tells whether the target has been given more time.
    """
    while True:
        remaining = seconds_left()
        if remaining <= 0:
            if not await may_go_on():
                return
            continue
        pause = min(remaining, max(_CHECKED_S, _CHECKED_SHARE * remaining))
        due = loop_time() + pause
        await asyncio.sleep(pause)
        late_s = loop_time() - due
        if late_s > pause:
            _log.info("this process did not run for %.0f s", late_s)
            exclude_time(late_s)


def _cannot_write(path: Path, error: OSError) -> RunError:
    return RunError(
        f"cannot write {path}: {error.strerror or error}. {remedy(error, '--output')}, then go on"
        " with --resume"
    )


def _outcome_reason(failed: list[FileRecord], n_rows: int, is_stalled: bool) -> Reason:
    if not failed:
        return Reason.COMPLETE if n_rows else Reason.NO_USABLE_ROWS
    if is_stalled:
        return Reason.TIMEOUT
    if n_rows:
        return Reason.PARTIAL
    reasons = [record.reason for record in failed if record.reason is not None]
    # If any of the failures is transient, the target is worth another attempt.
    return next((reason for reason in reasons if reason in TRANSIENT), reasons[0])


def _error_text(records: list[FileRecord], n_rows: int) -> str:
    if any(record.reason is not None for record in records):
        return describe_files(records)
    return "" if n_rows else "the quality bitmask or missing times leave no row"
