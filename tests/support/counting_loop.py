"""An event loop that knows whether a thread still works for it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

__all__ = ["CountingLoop"]

_T = TypeVar("_T")


class CountingLoop(asyncio.SelectorEventLoop):
    """Counts the calls in threads that have not ended.

    Whoever lets time jump, by another clock than the real one, must not while there are
    any.
    """

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._jobs = 0
        super().__init__(selector)

    @property
    def is_at_work(self) -> bool:
        """Whether a thread has still to end."""
        return self._jobs > 0

    def run_in_executor(  # type: ignore[override]  # the loop's own signature is generic
        self, executor: Executor | None, call: Callable[..., _T], *arguments: Any
    ) -> asyncio.Future[_T]:
        """Call in a thread, as every loop does."""
        future: asyncio.Future[_T] = super().run_in_executor(executor, call, *arguments)
        self._jobs += 1
        future.add_done_callback(self._end_job)
        return future

    def _end_job(self, future: asyncio.Future[Any]) -> None:
        self._jobs -= 1
