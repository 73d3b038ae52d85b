"""What all targets of a run have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from preprocessing.archives.base import Archive
from preprocessing.config import Limits, Recipe
from preprocessing.runs.copies import Origins
from preprocessing.runs.cpu_turns import CpuTurns
from preprocessing.runs.fetch_ahead import SpareConnections
from preprocessing.runs.kept_files import KeptFiles
from preprocessing.runs.outage import Outage
from preprocessing.runs.pace import FilePace
from preprocessing.runs.sources import Source
from preprocessing.runs.stages import StageClock
from preprocessing.system.clock import Sleep
from preprocessing.targets import Target

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
    cpu_turns : CpuTurns
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
    announce : callable
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
    cpu_turns: CpuTurns
    stages: StageClock
    outage: Outage
    sleep: Sleep = asyncio.sleep
    resumed: bool = False
    spare: SpareConnections = field(default_factory=SpareConnections)
    pace: FilePace = field(default_factory=FilePace)
    refresh: bool = False
    announce: Callable[[Target], Awaitable[None]] | None = None
    fallbacks: tuple[Source, ...] = ()
    origins: Origins = field(default_factory=Origins)
    kept_files: KeptFiles | None = None

    @property
    def sources(self) -> tuple[Source, ...]:
        """The archive, and the others in their order."""
        return Source(self.archive, self.outage), *self.fallbacks
