"""The simulator as a child process, so that it takes no CPU time from its client's process."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from preprocessing.core.errors import RunError, UsageError

__all__ = ["ArchiveProcess"]

logger = logging.getLogger(__name__)

_URL = re.compile(rb"https?://\S+")
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
#: How long the child may take to end before it is killed, in seconds.
_STOP_TIMEOUT_S = 5.0


class ArchiveProcess:
    """``python -m preprocessing.simulator`` as an asynchronous context manager.

    The child ignores the terminal's Ctrl-C, which is its parent's business, and ends when its
    parent ends, even if the parent is killed.

    Parameters
    ----------
    mirror : pathlib.Path, optional
        Directory of real files to serve; synthetic stars by default.
    stars : int, optional
        How many synthetic stars of Kepler; the command's default if not given.
    seed : int, optional
        Which synthetic stars; the command's default if not given.
    quarters : int, optional
        How many quarters each star of Kepler has; they vary if not given.
    latency_s, portal_latency_s, bandwidth_mb_s : float, optional
        See `preprocessing.simulator.server.ArchiveSimulator`.
    faults : mapping of str to float, optional
        Probabilities by kind: see `preprocessing.simulator.faults.plan.FaultPlan`.
    arguments : sequence of str, optional
        Further arguments of ``python -m preprocessing.simulator``.
    start_timeout_s : float, optional
        How long the child may take to start, in seconds. It first lists a whole mirror.

    Attributes
    ----------
    base_url : str
        ``http://127.0.0.1:port``, or ``https``, once the child runs.

    Raises
    ------
    RunError
        On entering: the child did not start. The message quotes what it printed.
    UsageError
        The same, but because of its arguments.
    """

    def __init__(
        self,
        *,
        mirror: Path | None = None,
        stars: int | None = None,
        seed: int | None = None,
        quarters: int | None = None,
        latency_s: float = 0.0,
        portal_latency_s: float | None = None,
        bandwidth_mb_s: float | None = None,
        faults: Mapping[str, float] | None = None,
        arguments: Sequence[str] = (),
        start_timeout_s: float = 60.0,
    ) -> None:
        self.base_url = ""
        options = {
            "--mirror": None if mirror is None else mirror.absolute(),
            "--stars": stars,
            "--seed": seed,
            "--quarters": quarters,
            "--latency": latency_s,
            "--portal-latency": portal_latency_s,
            "--bandwidth": bandwidth_mb_s,
        }
        self._arguments = [
            *(part for k, v in options.items() if v is not None for part in (k, str(v))),
            *(part for k, p in (faults or {}).items() for part in ("--fault", f"{k}={p}")),
            *arguments,
        ]
        self._start_timeout_s = start_timeout_s
        self._said: list[str] = []

    async def __aenter__(self) -> ArchiveProcess:
        self._child = await _spawn(self._arguments)
        self._listening = asyncio.create_task(self._listen())
        try:
            self.base_url = await asyncio.wait_for(self._announced_url(), self._start_timeout_s)
        except asyncio.TimeoutError as error:
            await self._stop()
            raise RunError(
                f"the embedded archive did not start within {self._start_timeout_s:g} s"
            ) from error
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stop()

    async def _announced_url(self) -> str:
        assert self._child.stdout is not None
        match = _URL.search(await self._child.stdout.readline())
        if match is None:
            # Shielded, since _stop still awaits it if the time-out fires here.
            await asyncio.shield(self._listening)
            # The child ends with status 2 if its arguments are wrong.
            kind = UsageError if await self._child.wait() == 2 else RunError
            raise kind(f"the embedded archive did not start: {' '.join(self._said)}")
        return match[0].decode("ascii")

    async def _listen(self) -> None:
        """Log what the child prints, until it ends."""
        assert self._child.stderr is not None
        async for line in self._child.stderr:
            text = line.decode("utf-8", "replace").rstrip()
            self._said.append(text)
            # Until the child serves, its output becomes part of the error instead.
            level = logging.WARNING if self.base_url else logging.DEBUG
            logger.log(level, "embedded archive: %s", text)

    async def _stop(self) -> None:
        with suppress(ProcessLookupError):
            self._child.terminate()
        try:
            await asyncio.wait_for(self._child.wait(), _STOP_TIMEOUT_S)
        except asyncio.TimeoutError:
            with suppress(ProcessLookupError):
                self._child.kill()
            await self._child.wait()
        await self._listening


async def _spawn(arguments: Sequence[str]) -> asyncio.subprocess.Process:
    path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "preprocessing.simulator", "--port", "0", "--parent-watch"),
        *arguments,
        # This pipe closes when the parent ends, even if it is killed; the child watches it.
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )
