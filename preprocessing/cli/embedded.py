"""Start the embedded archives that a command line names, and say where they are."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from preprocessing.core.errors import UsageError
from preprocessing.network.source_names import is_embedded, split_source
from preprocessing.simulator.process import ArchiveProcess

__all__ = ["started"]


@asynccontextmanager
async def started(sources: Iterable[str]) -> AsyncIterator[dict[str, str]]:
    """Run the embedded archives among some sources while the block runs.

    Parameters
    ----------
    sources : iterable of str
        As `--archive` and `--fallback` name them.

    Yields
    ------
    dict of str to str
        Their addresses, as `open_archive` takes them.

    Raises
    ------
    UsageError
        The options of one cannot be read.
    RunError
        One did not start.
    """
    async with AsyncExitStack() as stack:
        addresses: dict[str, str] = {}
        for place in (split_source(source)[1] for source in sources if is_embedded(source)):
            try:
                words = shlex.split(place)
            except ValueError as error:
                raise UsageError(f"cannot read the archive {place!r}: {error}") from error
            child = await stack.enter_async_context(ArchiveProcess(arguments=words[1:]))
            addresses[place] = child.base_url
        yield addresses
