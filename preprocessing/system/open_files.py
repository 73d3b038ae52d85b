"""How many files and connections a process may open, and how many workers that allows."""

from __future__ import annotations

import errno

__all__ = ["OUT_OF_FILES_ADVICE", "is_out_of_files", "workers_allowed"]

#: Open files of a run besides its workers': 13 were counted in runs against a server; the rest
#: is a margin for the simulator's pipes, certificates, and threads that sync folders.
_OF_THE_RUN = 32
#: Open files of one worker: a connection, an unfinished light curve, and a previous one to read.
_OF_A_WORKER = 3

#: What the user can do when no more files can be opened.
OUT_OF_FILES_ADVICE = "Raise the limit (ulimit -n) or use fewer --workers"


def is_out_of_files(error: OSError) -> bool:
    """Tell whether a file or connection failed to open because too many are open.

    Parameters
    ----------
    error : OSError
        What opening it raised.
    """
    return error.errno in (errno.EMFILE, errno.ENFILE)


def workers_allowed(workers: int) -> int:
    """Return how many workers the limit on open files allows.

    The process's own (soft) limit is raised as far as needed and as the system's (hard)
    limit allows.

    Parameters
    ----------
    workers : int
        The number of workers that the user wants.

    Returns
    -------
    int
        From 1 to `workers`.
    """
    try:
        import resource
    except ImportError:
        # Windows has no limit that a few workers could reach.
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
