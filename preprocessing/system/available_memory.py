"""How much memory is left, to the machine and to the container that the process is in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import psutil

__all__ = ["available_bytes"]

#: Of each version of Linux's control groups: the folder below the root, the files with limit and
#: use, and the line of memory.stat that says how much of the use is files that can be dropped
#: (https://docs.kernel.org/admin-guide/cgroup-v2.html, .../cgroup-v1/memory.html).
_VERSION_1 = ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = ("", "memory.max", "memory.current", "inactive_file")


def available_bytes(
    own: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")
) -> int:
    """Return how much memory can still be had without swapping, or being killed.

    Parameters
    ----------
    own : Path
        Says which control groups the process is in. None, where there is no such file.
    root : Path
        Where the groups are.
    """
    return min([int(psutil.virtual_memory().available), *_rooms_of_groups(own, root)])


def _rooms_of_groups(own: Path, root: Path) -> Iterator[int]:
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers == "":
            yield from _rooms(root, group, *_VERSION_2)
        elif "memory" in controllers.split(","):
            yield from _rooms(root, group, *_VERSION_1)


def _rooms(
    root: Path, group: str, folder: str, limit: str, use: str, droppable: str
) -> Iterator[int]:
    # The limits of all groups around it count too. In a container the inner ones may not be seen.
    path = PurePosixPath(group)
    for part in (path, *path.parents):
        place = root / folder / str(part).strip("/")
        try:
            # "max" is no limit, and no number.
            most = int((place / limit).read_text())
            used = int((place / use).read_text())
            statistics = dict(map(str.split, (place / "memory.stat").read_text().splitlines()))
            yield most - used + int(statistics.get(droppable, 0))
        except (OSError, ValueError):
            continue
