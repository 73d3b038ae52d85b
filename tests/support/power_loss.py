"""What may be on a disk after a power cut: a run is recorded, and its disk taken away.

Run as a program it records the scraper:
``python -m tests.support.power_loss TRACE FOLDER ARGUMENTS``.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Moment", "read_trace"]

#: Events of Python's own audit that change a folder, or are about to change a file.
_CHANGING = frozenset({"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.truncate"})


@dataclass
class _Disk:
    """What is known of a folder: names of files, and what is in them.

    A file is a number that no other file has, before or after.
    """

    names: dict[str, int] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """When the power may go: what is on the disk for certain, and what may be besides.

    Parameters
    ----------
    names : mapping of str to list of (int or None)
        For each path, which file may stand there: the one that is there for certain
        first, None for no file, then what it was since, the last one last. A folder's
        path ends with a stroke.
    contents : mapping of int to list of bytes
        The same for what is in each file.
    """

    names: Mapping[str, list[int | None]]
    contents: Mapping[int, list[bytes]]

    def state(
        self,
        choose_file: Callable[[list[int | None]], int | None],
        choose_content: Callable[[list[bytes]], bytes],
    ) -> dict[str, bytes]:
        """Return one thing that may be on the disk, as files and folders by their paths."""
        there: dict[str, int] = {}
        # A folder before what is in it.
        for name, files in sorted(self.names.items()):
            folder = os.path.dirname(name.rstrip("/")) + "/"
            file = choose_file(files) if folder in there or folder not in self.names else None
            if file is not None:
                there[name] = file
        chosen = {f: choose_content(self.contents[f]) for f in sorted(set(there.values()))}
        return {name: chosen[file] for name, file in there.items()}


class _Recorder:
    """Notes what may be on a disk before each change to it.

    An event is told before its change is made, and between two of them only contents
    change. What is synced is for certain; all else may have come or not, in any order.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.RLock()
        self._numbers: dict[int, int] = {}
        self._count = 0
        self._names: dict[str, list[int | None]] = {}
        self._contents: dict[int, list[bytes]] = {}
        self.moments: list[Moment] = []
        self._fsync = os.fsync
        os.fsync = self._synced
        sys.addaudithook(self._hook)

    def look(self) -> _Disk:
        """Note and return what is there now; the power may go at this moment."""
        with self._lock:
            now = self._scan()
            for name in {*now.names, *self._names}:
                files = self._names.setdefault(name, [None])
                if files[-1] != now.names.get(name):
                    files.append(now.names.get(name))
            for file, content in now.contents.items():
                contents = self._contents.setdefault(file, [b""])
                if contents[-1] != content:
                    contents.append(content)
            moment = Moment(
                {name: list(files) for name, files in self._names.items()},
                {file: list(contents) for file, contents in self._contents.items()},
            )
            if not self.moments or moment != self.moments[-1]:
                self.moments.append(moment)
            return now

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CHANGING and self._is_inside(arguments[0]) and _may_change(event, arguments):
            self.look()

    def _is_inside(self, path: object) -> bool:
        return isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(str(self._root))

    def _synced(self, fd: Any) -> None:
        # What is there now is what the call brings to the disk; more may come meanwhile.
        seen = self.look()
        self._fsync(fd)
        with self._lock:
            number = os.fstat(fd).st_ino
            for folder in (self._root, *self._root.rglob("*/")):
                if folder.stat().st_ino == number:
                    self._settle_names(str(folder), seen)
            file = self._numbers.get(number)
            if file in seen.contents:
                _settle(self._contents[file], seen.contents[file])
            self.look()

    def _settle_names(self, folder: str, seen: _Disk) -> None:
        for name, files in self._names.items():
            if os.path.dirname(name.rstrip("/")) == folder:
                _settle(files, seen.names.get(name))

    def _found(self) -> dict[str, tuple[int, bytes]]:
        """Return the inode and the content behind each path."""
        while True:
            try:
                before = self._listed()
                found = {
                    name: (inode, b"" if name.endswith("/") else Path(name).read_bytes())
                    for name, inode in before.items()
                }
                # Other threads go on renaming, and what is moved might be seen nowhere.
                if self._listed() == before:
                    return found
            except FileNotFoundError:
                continue

    def _listed(self) -> dict[str, int]:
        paths = self._root.rglob("*")
        return {f"{p}/" if p.is_dir() else str(p): p.stat().st_ino for p in paths}

    def _scan(self) -> _Disk:
        numbers: dict[int, int] = {}
        disk = _Disk()
        for name, (inode, content) in self._found().items():
            if inode not in self._numbers and inode not in numbers:
                self._count += 1
            file = numbers.setdefault(inode, self._numbers.get(inode, self._count))
            disk.names[name], disk.contents[file] = file, content
        # The number of a file that is gone is given to another one.
        self._numbers = numbers
        return disk


def _settle(options: list[Any], synced: object) -> None:
    """Forget what was before the last that was synced, unless a later one has been meanwhile."""
    if synced in options:
        last = len(options) - 1 - options[::-1].index(synced)
        del options[:last]


def _may_change(event: str, arguments: Sequence[Any]) -> bool:
    return event != "open" or bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def read_trace(path: Path) -> list[Moment]:
    """Return the moments that a recorded run went through."""
    with open(path, "rb") as stream:
        recorded = pickle.load(stream)
    return [Moment(names, contents) for names, contents in recorded]


def _main(trace: Path, root: Path, arguments: Sequence[str]) -> int:
    from scripts.xenoscan_scraper import main

    root.mkdir()
    recorder = _Recorder(root)
    status = main(arguments)
    recorder.look()
    with open(trace, "wb") as stream:
        pickle.dump([(moment.names, moment.contents) for moment in recorder.moments], stream)
    return status


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
