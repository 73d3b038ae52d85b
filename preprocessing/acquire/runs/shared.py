"""What all targets of a run have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from preprocessing.acquire.archives.base import Archive
from preprocessing.acquire.runs.copies import Origins
from preprocessing.acquire.runs.cpu_slots import CpuSlots
from preprocessing.acquire.runs.kept_files import KeptFiles
from preprocessing.acquire.runs.outage import Outage
from preprocessing.acquire.runs.pace import FilePace
from preprocessing.acquire.runs.prefetch import SpareConnections
from preprocessing.acquire.runs.sources import Source
from preprocessing.acquire.runs.stages import StageClock
from preprocessing.acquire.settings import Limits
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.system.clock import Sleep

__all__ = ["Shared"]


@dataclass(frozen=True)
class Shared:
    """What all targets of a run have in common.

    Parameters
    ----------
    archive : Archive
    recipe : Recipe
    limits : Limits
    output_dir : Path
    cpu : Executor
        Threads in which files are verified, stitched and appended. As many as the
        interpreter can keep busy: more would only wait for its lock, and make the event
        loop wait.
    disk : Executor
        Threads which wait for the disk.
    cpu_slots : CpuSlots
        At those threads.
    stages : StageClock
    outage : Outage
    sleep : callable
        `asyncio.sleep`, unless a test passes another.
    resumed : bool
        Whether outputs of an earlier run may be there: what they hold is not fetched again.
    spare : SpareConnections
        Of workers that have no star left.
    pace : FilePace
    refresh : bool
        Whether the archive is asked for newer versions of what an earlier output has.
    mark_superseded : callable
        Told of a target whose recorded output is about to be replaced.
    fallbacks : tuple of Source
        Asked for files that the archive cannot give.
    origins : Origins
    kept_files : KeptFiles or None
        Where raw files are kept.
    """

    archive: Archive
    recipe: Recipe
    limits: Limits
    output_dir: Path
    cpu: Executor
    disk: Executor
    cpu_slots: CpuSlots
    stages: StageClock
    outage: Outage
    sleep: Sleep = asyncio.sleep
    resumed: bool = False
    spare: SpareConnections = field(default_factory=SpareConnections)
    pace: FilePace = field(default_factory=FilePace)
    refresh: bool = False
    mark_superseded: Callable[[Target], Awaitable[None]] | None = None
    fallbacks: tuple[Source, ...] = ()
    origins: Origins = field(default_factory=Origins)
    kept_files: KeptFiles | None = None

    @property
    def sources(self) -> tuple[Source, ...]:
        """The archive, and the others in their order."""
        return Source(self.archive, self.outage), *self.fallbacks
