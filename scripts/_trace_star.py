"""Count our frames on the stack when a file is requested, and our modules that one star needs.

The simulator serves one synthetic star on loopback, and the scraper's command downloads it in this
process. Two numbers tell how far a reader has to go from the command to the file:

frames
    Calls of this package that are open when the GET of a light-curve file is sent, from the
    command's ``main`` on. A task counts as a call of the task that waits for it, or if none does,
    of the one that started it, so that starting a task hides nothing. Comprehensions and other
    people's wrappers do not count. Of several files the deepest counts.
modules
    Modules with at least one function that ran for the star, until its outcome was recorded: in the
    task that downloads it, or in the tasks and threads that this one started. What waits above it
    (the command), what runs beside it (the search, the progress display) and what runs while a
    module is imported do not count.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import re
import runpy
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
#: The simulator's package, under the names that it has had.
_SIMULATORS = ("simulator", "embedded")
_QUARTERS = 4
_LIGHT_CURVE = re.compile(r"kplr\d{9}-\d{13}_llc\.fits")
_URL = re.compile(r"http://\S+")
_COMPREHENSIONS = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"})


@dataclass(frozen=True)
class Trace:
    """What a download went through.

    Parameters
    ----------
    frames : tuple of str
        Our calls from ``main`` to the request of the file that has most of them above it, each as
        ``module.py:function``.
    modules : tuple of str
        Our modules that ran for the star, by their paths in the package, in order.
    """

    frames: tuple[str, ...]
    modules: tuple[str, ...]


class _Watch:
    """Sees tasks begin, functions run and files requested.

    Parameters
    ----------
    package : Path
        The package whose code is ours.
    """

    def __init__(self, package: Path) -> None:
        self._package = str(package) + "/"
        self._foreign = tuple(f"{self._package}{name}/" for name in _SIMULATORS)
        self._creators: dict[int, asyncio.Task[Any] | None] = {}
        # Their ids are those of no later task as long as they are kept.
        self._tasks: list[asyncio.Task[Any]] = []
        self._ran: dict[int, set[CodeType]] = {}
        self._thread = threading.local()
        self._stacks: list[tuple[list[CodeType], list[int]]] = []

    def trace(self) -> Trace:
        """Sum up what was seen."""
        frames, lineage = max(self._stacks, key=lambda stack: len(stack[0]))
        # The last of the chain is the task of `main`; the one before downloads the star.
        star = lineage[-2]
        codes: set[CodeType] = set()
        for task, ran in self._ran.items():
            if star in self._ancestors(task):
                codes |= ran
        return Trace(
            tuple(f"{self._module(code)}:{code.co_name}" for code in reversed(frames)),
            tuple(sorted({self._module(code) for code in codes})),
        )

    def task_factory(
        self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **kw: Any
    ) -> asyncio.Task[Any]:
        """Make a task, and remember who started it."""
        task = asyncio.Task(coroutine, loop=loop, **kw)
        self._tasks.append(task)
        self._creators[id(task)] = _task_now()
        return task

    def in_task(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a call that counts, in whatever thread, as one of the task that runs now."""
        task = _task_now()

        def run(*arguments: Any) -> Any:
            self._thread.task = task
            try:
                return call(*arguments)
            finally:
                self._thread.task = None

        return run

    def profile(self, frame: FrameType, event: str, _: Any) -> None:
        """Note a function that runs: a hook for `sys.setprofile`."""
        if event == "call" and self._is_ours(frame.f_code):
            task = getattr(self._thread, "task", None) or _task_now()
            ran = self._ran.setdefault(id(task), set())
            if frame.f_code not in ran and not self._is_import(frame):
                ran.add(frame.f_code)

    def requested(self) -> None:
        """Note from where a file is requested."""
        codes, lineage = self._ours(_callers(sys._getframe(1))), []
        task, n_mains = _task_now(), len(self._mains())
        while task is not None:
            lineage.append(id(task))
            task = _waiting_for(task) or self._creators.get(id(task))
            if task is not None:
                # The frames of `main` are below those of every task.
                codes[len(codes) - n_mains :] = self._ours(_suspended(task)) + self._mains()
        self._stacks.append((codes, lineage))

    def _mains(self) -> list[CodeType]:
        """Return what is below the event loop."""
        frames = list(_callers(sys._getframe(1)))
        loop = [n for n, code in enumerate(frames) if code.co_name == "run_until_complete"]
        return self._ours(frames[loop[-1] :])

    def _ancestors(self, task: int) -> Iterator[int]:
        while True:
            yield task
            creator = self._creators.get(task)
            if creator is None:
                return
            task = id(creator)

    def _is_ours(self, code: CodeType) -> bool:
        name = code.co_filename
        return name.startswith(self._package) and not name.startswith(self._foreign)

    def _is_import(self, frame: FrameType | None) -> bool:
        while frame is not None:
            if frame.f_code.co_name == "<module>" and self._is_ours(frame.f_code):
                return True
            frame = frame.f_back
        return False

    def _ours(self, codes: Collection[CodeType] | Iterator[CodeType]) -> list[CodeType]:
        return [c for c in codes if self._is_ours(c) and c.co_name not in _COMPREHENSIONS]

    def _module(self, code: CodeType) -> str:
        return code.co_filename[len(self._package) :]


def _task_now() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def _callers(frame: FrameType | None) -> Iterator[CodeType]:
    """Yield the code of a frame and of its callers, innermost first."""
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back


def _awaits(task: asyncio.Task[Any]) -> list[FrameType]:
    """Return the frames of a task that waits, outermost first."""
    frames = []
    coroutine: Any = task.get_coro()
    while getattr(coroutine, "cr_frame", None) is not None:
        frames.append(coroutine.cr_frame)
        coroutine = coroutine.cr_await
    return frames


def _suspended(task: asyncio.Task[Any]) -> Iterator[CodeType]:
    return (frame.f_code for frame in reversed(_awaits(task)))


def _waiting_for(task: asyncio.Task[Any]) -> asyncio.Task[Any] | None:
    """Return the task that waits for another, directly or with `wait`, `gather` or `shield`."""
    return next((t for t in asyncio.all_tasks() if t is not task and _waits(t, task)), None)


def _waits(waiting: asyncio.Task[Any], task: asyncio.Task[Any]) -> bool:
    future: Any = getattr(waiting, "_fut_waiter", None)
    if future is None:
        return False
    if future is task or task in getattr(future, "_children", ()):
        return True
    if any(task in frame.f_locals.get("fs", ()) for frame in _awaits(waiting)[-1:]):
        return True
    # `shield` ties the two by callbacks alone.
    callbacks = [callback for callback, _ in getattr(future, "_callbacks", None) or ()]
    cells = [cell for call in callbacks for cell in getattr(call, "__closure__", None) or ()]
    return any(cell.cell_contents is task for cell in cells)


@contextmanager
def _watching(watch: _Watch) -> Iterator[None]:
    """Let a watch see every task, function and request while the block runs."""
    import aiohttp

    request = aiohttp.ClientSession._request
    new_loop = asyncio.new_event_loop

    async def watched_request(session: Any, method: str, url: Any, **options: Any) -> Any:
        if method == "GET" and _LIGHT_CURVE.search(str(url)):
            watch.requested()
        return await request(session, method, url, **options)

    def watched_loop() -> asyncio.AbstractEventLoop:
        loop: Any = new_loop()
        run_in_executor = loop.run_in_executor
        loop.set_task_factory(watch.task_factory)
        loop.run_in_executor = lambda threads, call, *arguments: run_in_executor(
            threads, watch.in_task(call), *arguments
        )
        return loop  # type: ignore[no-any-return]

    aiohttp.ClientSession._request = watched_request  # type: ignore[assignment]
    # `asyncio.run` looks it up in another module.
    asyncio.events.new_event_loop = watched_loop
    threading.setprofile(watch.profile)
    sys.setprofile(watch.profile)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        asyncio.events.new_event_loop = new_loop
        aiohttp.ClientSession._request = request  # type: ignore[method-assign]


@contextmanager
def _simulator(tree: Path) -> Iterator[str]:
    """Serve synthetic stars while the block runs; yield their address."""
    name = next(name for name in _SIMULATORS if (tree / "preprocessing" / name).exists())
    options = ["--port", "0", "--stars", "1", "--quarters", str(_QUARTERS)]
    command = [sys.executable, "-m", f"preprocessing.{name}", *options]
    with subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            url = _URL.search(child.stdout.readline())
            if url is None:
                raise SystemExit("the simulator did not start")
            yield url[0]
        finally:
            child.terminate()


def trace_star(tree: Path) -> Trace:
    """Download one star with the command of a checkout, and return what that went through.

    Parameters
    ----------
    tree : Path
        The checkout. No other may have been imported in this process.
    """
    main = runpy.run_path(str(tree / "scripts" / "xenoscan_scraper.py"))["main"]
    watch = _Watch(tree / "preprocessing")
    with tempfile.TemporaryDirectory() as folder, _simulator(tree) as url:
        options = {
            "--archive": url,
            "--targets": "1",
            "--output": f"{folder}/raw",
            "--results": f"{folder}/results.csv",
            "--checkpoint-dir": folder,
            # What the log writes is no part of the way.
            "--log-level": "error",
        }
        arguments = [word for option in options.items() for word in option]
        said = io.StringIO()
        with _watching(watch), contextlib.redirect_stdout(said):
            status = main([*arguments, "--quiet"])
    if status != 0:
        raise SystemExit(f"the download ended with status {status}: {said.getvalue()}")
    return watch.trace()


def main() -> None:
    """Print both numbers, and with --list what they count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], prog="trace_star")
    parser.add_argument("--list", action="store_true", help="print the frames and modules, too")
    parser.add_argument("--tree", type=Path, default=_ROOT, help="another checkout to measure")
    options = parser.parse_args()
    trace = trace_star(options.tree.resolve())
    for title, names in (("frames", trace.frames), ("modules", trace.modules)):
        print(f"{title}: {len(names)}")
        for number, name in enumerate(names if options.list else (), 1):
            print(f"  {number:2d} {name}")


if __name__ == "__main__":
    main()
