"""How much memory is left to the machine and to the container that the process runs in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import psutil

__all__ = ["available_bytes"]

#: Names in each version of Linux's control groups: the folder below the root, the files with
#: limit and usage, and the line of memory.stat that counts cached files the kernel can drop
#: (https://docs.kernel.org/admin-guide/cgroup-v2.html, .../cgroup-v1/memory.html).
_VERSION_1 = ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = ("", "memory.max", "memory.current", "inactive_file")


def available_bytes(
    own: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")
) -> int:
    """Return how much memory the process can still take without swapping or being killed.

    Parameters
    ----------
    own : Path
        The file that lists the control groups of this process. Systems other than Linux
        have none; only the machine's memory counts there.
    root : Path
        The folder where the control groups are mounted.

    Returns
    -------
    int
        Bytes: the least that the machine and any of the control groups have left.
    """
    return min([int(psutil.virtual_memory().available), *_free_bytes_of_groups(own, root)])


def _free_bytes_of_groups(own: Path, root: Path) -> Iterator[int]:
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers == "":
            yield from _free_bytes(root, group, *_VERSION_2)
        elif "memory" in controllers.split(","):
            yield from _free_bytes(root, group, *_VERSION_1)


def _free_bytes(
    root: Path, group: str, folder: str, limit: str, use: str, droppable: str
) -> Iterator[int]:
    # The limits of all enclosing groups count too. A container may hide the inner ones.
    path = PurePosixPath(group)
    for part in (path, *path.parents):
        group_folder = root / folder / str(part).strip("/")
        try:
            # Without a limit the file says "max", which is no number: the group is skipped.
            most = int((group_folder / limit).read_text())
            used = int((group_folder / use).read_text())
            statistics = dict(
                map(str.split, (group_folder / "memory.stat").read_text().splitlines())
            )
            yield most - used + int(statistics.get(droppable, 0))
        except (OSError, ValueError):
            continue
