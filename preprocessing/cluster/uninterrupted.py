"""What Dask's workers on this machine load first: Ctrl-C is for the process that started them."""

from __future__ import annotations

import signal
from typing import Any

__all__ = ["dask_setup"]


def dask_setup(worker: Any) -> None:
    """Leave Ctrl-C to the process that started this one.

    Parameters
    ----------
    worker : distributed.Worker
        The worker; Dask calls this function by its name and with it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
