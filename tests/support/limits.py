"""Limits of the system, lowered for a while."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

__all__ = ["files_of_at_most", "lowered"]


@contextmanager
def lowered(limit: int, value: int) -> Iterator[None]:
    """Lower one of this process's limits while the block runs."""
    soft, hard = resource.getrlimit(limit)
    resource.setrlimit(limit, (value, hard))
    try:
        yield
    finally:
        resource.setrlimit(limit, (soft, hard))


def files_of_at_most(size: int) -> AbstractContextManager[None]:
    """Let no file grow beyond a size in bytes, as on a full disk, while the block runs."""
    # Python ignores SIGXFSZ, so that writing beyond fails.
    return lowered(resource.RLIMIT_FSIZE, size)
