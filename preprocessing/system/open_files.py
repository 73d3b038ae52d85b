"""How many files and connections a process may have open, and the workers that this allows."""

from __future__ import annotations

import errno

__all__ = ["OUT_OF_FILES_ADVICE", "is_out_of_files", "workers_allowed"]

#: Counted in runs against a server: 13 besides the workers' own, and some more for the embedded
#: archive's pipes, certificates, and threads that sync folders.
_OF_THE_RUN = 32
#: A connection, an unfinished light curve, and an earlier one that is read.
_OF_A_WORKER = 3

#: What to do about it.
OUT_OF_FILES_ADVICE = "Raise the limit (ulimit -n) or take fewer --workers"


def is_out_of_files(error: OSError) -> bool:
    """Tell whether a file or connection could not be opened because too many are open."""
    return error.errno in (errno.EMFILE, errno.ENFILE)


def workers_allowed(workers: int) -> int:
    """Return how many of some workers there can be with the files that may be open.

    The process's own limit is raised for them as far as the system's allows.

    Parameters
    ----------
    workers : int

    Returns
    -------
    int
        From 1 to `workers`.
    """
    try:
        import resource
    except ImportError:
        # Windows has no such limit that few workers could meet.
        return workers
    needed = _OF_THE_RUN + _OF_A_WORKER * workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _is_enough(soft, needed, resource.RLIM_INFINITY):
        return workers
    most = needed if _is_enough(hard, needed, resource.RLIM_INFINITY) else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(1, min(workers, (most - _OF_THE_RUN) // _OF_A_WORKER))


def _is_enough(limit: int, needed: int, infinity: int) -> bool:
    return limit == infinity or limit >= needed
