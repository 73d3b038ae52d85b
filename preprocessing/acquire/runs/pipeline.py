"""What happens to one target: fetch, check and append each file, then write the output."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

from preprocessing.acquire.archives.base import FetchedFile, StarFiles
from preprocessing.acquire.records.outcomes import TargetOutcome, describe_failures
from preprocessing.acquire.runs.copies import Copies
from preprocessing.acquire.runs.prefetch import Prefetch
from preprocessing.acquire.runs.shared import Shared
from preprocessing.acquire.runs.sources import Source, Trial, first_up, from_any
from preprocessing.acquire.runs.watch import watch
from preprocessing.core.errors import (
    ArchiveError,
    ArchiveTimeout,
    CorruptProduct,
    ProductError,
    ProductNotFound,
    RunError,
    XenoscanError,
)
from preprocessing.core.file_record import (
    FAILED,
    USED,
    Fetched,
    FileRecord,
    failed_file,
)
from preprocessing.core.reasons import TRANSIENT, Reason
from preprocessing.fits.previous_output import PreviousOutput, read_previous_output
from preprocessing.fits.provenance import OutputFile, Provenance
from preprocessing.fits.quarter import Quarter, process_quarter
from preprocessing.fits.refresh import HEADER_BYTES, is_newer
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions import Product, alternative_products, parse_file_name
from preprocessing.missions.observations import unlisted_file
from preprocessing.missions.targets import Target
from preprocessing.network.retry import RetryBudget, RetryPolicy, retry
from preprocessing.network.transfer import Transfer
from preprocessing.system.clock import loop_time, utc_now
from preprocessing.system.open_files import OUT_OF_FILES_ADVICE, is_out_of_files
from preprocessing.system.threads import in_threads

__all__ = ["download_target"]

_log = logging.getLogger(__name__)

_T = TypeVar("_T")


async def download_target(target: Target, star: StarFiles, shared: Shared) -> TargetOutcome:
    """Fetch a star's files, and write them as one light curve.

    Parameters
    ----------
    target : Target
    star : StarFiles
        The files that the archive promises.
    shared : Shared

    Returns
    -------
    TargetOutcome
        Whatever became of it; a file that cannot be had does not cost the others.

    Raises
    ------
    RunError
        The output cannot be written.
    """
    job = _StarJob(target, star, shared)
    try:
        stalled = await job.collect()
        return await job.finish(stalled)
    except OSError as error:
        advice = "Make room or choose another --output"
        if is_out_of_files(error):
            advice = OUT_OF_FILES_ADVICE
        raise RunError(
            f"cannot write {job.path}: {error.strerror or error}. {advice}, then go on with"
            " --resume"
        ) from error
    finally:
        job.clean_up()


class _StarJob:
    """One target on its way: its records so far, and the output being written."""

    def __init__(self, target: Target, star: StarFiles, shared: Shared) -> None:
        author = shared.recipe.mission.author(star.author)
        assert author is not None
        self._recipe = shared.recipe.resolved_for(author, star.cadence)
        self.path = shared.output_dir / self._recipe.output_name(target.file_stem)
        self._target = target
        self._star = star
        self._shared = shared
        self._transfer = Transfer()
        self._began = loop_time()
        self._fetching_s = 0.0
        self._records: list[FileRecord] = []
        self._retries = 0
        self._sources = shared.sources
        retries, n_files = shared.limits.retries, len(star.products)
        self._budgets = {source: RetryBudget(retries, n_files) for source in self._sources}
        self._copies = Copies(shared.origins, are_compared=len(self._sources) > 1)
        self._writer: StitchedWriter | None = None
        self._finished = False
        self._earlier: PreviousOutput | None = None
        #: Files of the earlier output of which the archive has a newer version.
        self._newer: set[Product] = set()
        self._fetched: dict[Product, Fetched] = {}
        self._ahead: Prefetch

    async def collect(self) -> bool:
        """Fetch and append every file; return whether the target was given up for now."""
        if self._shared.resumed:
            self._earlier = await in_threads(
                self._shared.disk, read_previous_output, self.path, self._recipe, self._star.number
            )
        # What an earlier output has need not be fetched, and only in its turn is that known.
        early = self._star.products if self._earlier is None else ()
        self._ahead = Prefetch(early, self._fetch, self._shared.spare)
        work = asyncio.ensure_future(self._gather())
        try:
            stalled = not await watch(
                work, self._seconds_left, self._transfer.exclude_time, self._is_waited_for
            )
        finally:
            work.cancel()
            # Also takes note of an error that came while the run was being ended.
            await asyncio.gather(work, return_exceptions=True)
            came = await self._ahead.end()
        if stalled:
            _log.warning(
                "%s: no progress for %.0f s, or too slow, given up for now",
                self._target.name,
                self._shared.limits.timeout_s,
            )
            await self._append_what_came(came)
        else:
            await work
        self._records += (
            unlisted_file(self._recipe.mission, n) for n in self._star.unlisted_numbers
        )
        self._sort_records()
        self._note_stages()
        return stalled

    def _seconds_left(self) -> float:
        timeout_s = self._shared.limits.timeout_s
        budget_s = self._shared.pace.budget_s(len(self._star.products), timeout_s)
        return self._transfer.seconds_left(timeout_s, budget_s)

    def _sort_records(self) -> None:
        self._records.sort(key=lambda record: record.sort_key)

    def _note_stages(self) -> None:
        waiting_s = self._transfer.waiting_s
        self._shared.stages.add("wait", waiting_s)
        self._shared.stages.add("receive", max(0.0, self._fetching_s - waiting_s))

    async def finish(self, stalled: bool) -> TargetOutcome:
        """Write the output if there is anything to write, and sum up."""
        earlier = self._earlier
        n_used = sum(record.status == USED for record in self._records)
        if earlier is not None and n_used < len(earlier.records):
            _log.warning("%s: the earlier output has more, and stays", self._target.name)
            self._records = earlier.merged(self._records)
            self._sort_records()
            return self._outcome(stalled, earlier, earlier.file)
        if earlier is not None and earlier.accounts_for(self._records):
            return self._outcome(stalled, earlier, earlier.file)
        writer, file = self._writer, None
        if writer is not None and writer.n_rows:
            if writer.is_synthetic:
                _log.info("%s is synthetic: made by a program, not observed", self._target.name)
            if self._shared.mark_superseded is not None:
                await self._shared.mark_superseded(self._target)
            with self._shared.stages.timed("write"):
                file = await in_threads(
                    self._shared.disk, writer.finish, self._records, self._star.separation_arcsec
                )
            self._finished = True
        return self._outcome(stalled, writer, file)

    def clean_up(self) -> None:
        """Remove an output that was not finished."""
        if self._writer is not None and not self._finished:
            # What is wrong with the disk has been said where it first showed.
            with suppress(OSError):
                self._writer.discard()

    async def _gather(self) -> None:
        if self._shared.refresh and self._earlier is not None:
            await self._look_for_newer(self._earlier)
            if not self._newer and all(map(self._earlier.record, self._star.products)):
                # All of it stays, and need not be written again to find out.
                self._records += self._earlier.records
                return
        await self._append_all()

    async def _look_for_newer(self, earlier: PreviousOutput) -> None:
        """Find the files of the earlier output that the archive has a newer version of."""
        for product in self._star.products:
            record = earlier.record(product)
            if record is None:
                continue
            try:
                trial = Trial(self._sources[0], may_wait=not self._shared.fallbacks)
                ask = partial(self._ask_version, product, record)
                if await self._retry(ask, product, trial):
                    self._newer.add(product)
            except (ArchiveError, ProductError) as error:
                _log.warning(
                    "%s %s: cannot tell whether there is a newer version, kept as it is: %s",
                    self._target.name,
                    product.label,
                    error,
                )
            self._transfer.touch()

    async def _ask_version(self, product: Product, record: FileRecord) -> bool:
        # Under the name that it was found by.
        same_file = parse_file_name(record.file_name) or product
        if not self._shared.fallbacks:
            with self._transfer.paused():
                await self._shared.outage.wait_until_up()
        head = await self._shared.archive.fetch_start(same_file, HEADER_BYTES, self._transfer)
        newer = is_newer(head, record, same_file)
        self._shared.outage.note_answer()
        return newer

    async def _append_all(self) -> None:
        for product in self._star.products:
            try:
                if not await self._append_earlier(product):
                    await self._obtain(product)
            except (ArchiveError, ProductError) as error:
                if not await self._append_former(product):
                    self._note_failure(product, error)
            self._transfer.touch()

    async def _append_former(self, product: Product) -> bool:
        """Append a file as the earlier output has it if its newer version cannot be had."""
        if product not in self._newer:
            return False
        self._newer.remove(product)
        _log.warning(
            "%s %s: the newer version cannot be had, the earlier stays",
            self._target.name,
            product.label,
        )
        return await self._append_earlier(product)

    def _note_failure(self, product: Product, error: ArchiveError | ProductError) -> None:
        _log.warning("%s %s: %s", self._target.name, product.label, error)
        self._records.append(failed_file(product, error.reason))

    async def _append_what_came(self, came: Mapping[Product, FetchedFile]) -> None:
        """Append what there is of the files that a target given up for now has not got to."""
        for product in self._star.products[len(self._records) :]:
            if product not in came:
                self._newer.discard(product)
            if await self._append_earlier(product):
                continue
            if product not in came:
                self._records.append(failed_file(product, Reason.TIMEOUT))
                continue
            try:
                await self._use(came[product], product)
            except ProductError as error:
                self._note_failure(product, error)

    async def _append_earlier(self, product: Product) -> bool:
        """Append a file from the output of an earlier run; return whether it was there."""
        if self._earlier is None or product in self._newer:
            return False
        is_first = self._writer is None
        quarter = await in_threads(self._shared.disk, self._earlier.quarter, product, is_first)
        if quarter is not None:
            with self._shared.stages.timed("write"):
                await in_threads(self._shared.disk, self._append, quarter)
        return quarter is not None

    def _append(self, quarter: Quarter) -> None:
        if self._writer is None:
            self._writer = StitchedWriter(
                self.path,
                self._recipe,
                self._star.products[0].exposure_s,
                len(self._star.left_out),
            )
        self._writer.describe_star(quarter.star)
        self._writer.append(quarter.rows)
        # Here, so that rows and record come together even if the target is given up meanwhile.
        self._records.append(quarter.record)

    async def _use(self, file: FetchedFile, product: Product) -> FileRecord:
        """Verify, stitch and append one file, in one visit to a thread."""
        async with self._shared.cpu_slots.slot():
            self._ahead.ask()
            try:
                quarter, write_s = await in_threads(self._shared.cpu, self._use_here, file, product)
            except ProductError:
                await self._copies.note_refused(product, file)
                raise
        self._copies.note_sound(product, file.archive, quarter.record.sha256)
        for stage, seconds in (*quarter.seconds.items(), ("write", write_s)):
            self._shared.stages.add(stage, seconds)
        if self._shared.kept_files is not None:
            with self._shared.stages.timed("write"):
                keep = self._shared.kept_files.keep
                await in_threads(self._shared.disk, keep, product, file.body)
        if quarter.record.reason is Reason.UNUSUAL_MEDIAN:
            _log.info(
                "%s %s: normalized by a median of %g",
                self._target.name,
                product.label,
                quarter.record.median,
            )
        return quarter.record

    def _use_here(self, file: FetchedFile, product: Product) -> tuple[Quarter, float]:
        quarter = process_quarter(file.body, product, self._recipe, file.has_source_digest)
        record = replace(quarter.record, fetched=self._fetched.get(product))
        quarter = replace(quarter, record=record)
        began = time.perf_counter()
        self._append(quarter)
        return quarter, time.perf_counter() - began

    async def _obtain(self, product: Product) -> None:
        """Append a file, from the first source that can give it."""

        async def attempt(trial: Trial) -> None:
            await self._obtain_from(trial, product)

        await from_any(self._sources, attempt, f"{self._target.name} {product.label}")

    async def _obtain_from(self, trial: Trial, product: Product) -> None:
        """Append a file, from its other possible name if it is not under the first."""
        for candidate in (product, *alternative_products(product)):
            try:
                attempt = partial(self._fetch_and_use, candidate, trial.source)
                return await self._retry(attempt, candidate, trial)
            except ProductNotFound as error:
                _log.info("%s %s: %s", self._target.name, product.label, error)
        return await self._obtain_listed(product, trial)

    async def _obtain_listed(self, product: Product, trial: Trial) -> None:
        """Ask the archive's product list about a file that was not there, and act on it."""
        listed = await self._retry(partial(self._listed_names, trial.source), product, trial)
        if product.file_name not in listed:
            raise ProductNotFound(f"{product.file_name} is neither there nor in the product list")

        async def fetch_listed() -> None:
            try:
                await self._fetch_and_use(product, trial.source)
            except ProductNotFound as error:
                raise ArchiveError(f"{error}, though the product list names it") from error

        await self._retry(fetch_listed, product, trial)

    async def _listed_names(self, source: Source) -> frozenset[str]:
        listed = await source.archive.listed_names(self._star, self._recipe, self._transfer)
        # A directory, which is never down, may have nothing of a star that another one found.
        if not listed and source.archive.may_be_down:
            raise ArchiveError("no file of the star is listed, though the search found some")
        return listed

    async def _fetch_and_use(self, product: Product, source: Source) -> None:
        is_ahead = source is first_up(self._sources)
        file = await (self._ahead.file(product) if is_ahead else self._fetch_from(source, product))
        record = await self._use(file, product)
        giver = next(s for s in self._sources if s.archive.identity == file.archive)
        giver.outage.note_file(product, record.sha256)

    async def _fetch(self, product: Product) -> FetchedFile:
        return await self._fetch_from(first_up(self._sources), product)

    async def _fetch_from(self, source: Source, product: Product) -> FetchedFile:
        with self._transfer.paused():
            await self._shared.cpu_slots.wait_for_backlog()
            if len(self._sources) == 1:
                await source.outage.wait_until_up()
        began = loop_time()
        try:
            file = await source.archive.fetch(product, self._transfer)
        except CorruptProduct as error:
            self._copies.note_broken(product, source.archive.identity, error)
            raise
        finally:
            self._fetching_s += loop_time() - began
        self._shared.pace.add(loop_time() - began)
        self._fetched[product] = Fetched(utc_now(), file.archive)
        return file

    async def _retry(
        self, attempt: Callable[[], Awaitable[_T]], product: Product, trial: Trial
    ) -> _T:
        def count() -> None:
            self._retries += 1

        what = f"{self._target.name} {product.label}"
        policy = RetryPolicy(self._shared.limits.retries)
        return await retry(
            attempt,
            policy,
            what,
            budget=self._budgets[trial.source],
            is_outage=partial(self._is_outage, trial),
            on_retry=count,
            sleep=self._wait,
        )

    async def _is_outage(self, trial: Trial, error: XenoscanError, is_last: bool) -> bool:
        # To find out may take minutes.
        with self._transfer.paused():
            trial.is_explained = await trial.source.outage.is_outage(error, is_last)
        if trial.is_explained and not trial.may_wait:
            # Further tries would be in vain: it is the next source's turn.
            raise error
        return trial.is_explained

    async def _is_waited_for(self) -> bool:
        """Tell, of a target whose time is up, whether that is because the archive is down."""
        error = ArchiveTimeout(f"{self._target.name}: no progress")
        outage = first_up(self._sources).outage
        is_down = await outage.is_outage(error, is_last=True)
        if is_down:
            self._transfer.begin_anew()
        return is_down

    async def _wait(self, seconds: float) -> None:
        # Waiting on purpose, perhaps because the archive asked for it, is no stall.
        with self._transfer.paused():
            await self._shared.sleep(seconds)

    def _outcome(
        self, stalled: bool, output: StitchedWriter | PreviousOutput | None, file: OutputFile | None
    ) -> TargetOutcome:
        failed = [record for record in self._records if record.status == FAILED]
        n_rows = output.n_rows if output else 0
        return TargetOutcome(
            target_id=self._target.name,
            success=n_rows > 0,
            n_points=n_rows,
            duration_days=output.last_time - output.first_time if output and n_rows else 0.0,
            filepath=str(self.path) if n_rows else "",
            error=_error_text(failed, n_rows),
            download_time=loop_time() - self._began,
            timestamp=utc_now(),
            reason=_outcome_reason(failed, n_rows, stalled),
            quarters_found=len(self._records),
            quarters_used=len(self._records) - len(failed),
            quarters_failed=len(failed),
            bytes=self._transfer.bytes,
            retries=self._retries,
            provenance=Provenance(
                self._star.number,
                file,
                tuple(self._records),
                is_new=self._finished,
                author=self._star.author,
                cadence=self._star.cadence,
                left_out=tuple(product.file_name for product in self._star.left_out),
            ),
        )


def _outcome_reason(failed: list[FileRecord], n_rows: int, stalled: bool) -> Reason:
    if not failed:
        return Reason.COMPLETE if n_rows else Reason.NO_USABLE_ROWS
    if stalled:
        return Reason.TIMEOUT
    if n_rows:
        return Reason.PARTIAL
    reasons = [record.reason for record in failed if record.reason is not None]
    # If any of the failures may pass, the target is worth another try.
    return next((reason for reason in reasons if reason in TRANSIENT), reasons[0])


def _error_text(failed: list[FileRecord], n_rows: int) -> str:
    if failed:
        return describe_failures((r.label, r.reason) for r in failed if r.reason is not None)
    return "" if n_rows else "the quality bitmask or missing times leave no row"
