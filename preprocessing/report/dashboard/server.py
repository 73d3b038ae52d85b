"""The dashboard's server: one page, what it asks for, and how long both are there."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from aiohttp import web

from preprocessing.core.errors import UsageError
from preprocessing.report.dashboard.current_stars import CurrentStars
from preprocessing.report.dashboard.dataset_routes import DatasetRoutes
from preprocessing.report.dashboard.errors import as_answers
from preprocessing.report.dashboard.guard import Guard
from preprocessing.report.dashboard.label_routes import LabelRoutes
from preprocessing.report.dashboard.run_routes import RunRoutes
from preprocessing.report.dashboard.star_routes import StarRoutes
from preprocessing.report.dashboard.static_files import StaticFiles

__all__ = ["STATIC", "serve", "serving"]

#: The page, its scripts and styles.
STATIC = Path(__file__).with_name("static")
#: The report of a data set in its folder.
REPORT_NAME = "report.html"
#: A report has its scripts and pictures in it, and came from elsewhere perhaps: it is shown, but
#: can ask this server for nothing.
_OF_REPORT = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
    " img-src data:; font-src data:; sandbox allow-scripts"
)
#: What a browser may send: a label with its note.
_LONGEST_BODY = 64 * 1024


@asynccontextmanager
async def serving(root: Path, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve a data set while the block runs.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    host : str, optional
        The address to listen at. All but those of this machine itself need a token.
    port : int, optional
        The port; 0 takes a free one.

    Yields
    ------
    str
        The address to open.

    Raises
    ------
    UsageError
        The port is taken, or this machine has no such address.
    """
    guard = Guard(host)
    runner = web.AppRunner(_application(root, guard), access_log=None, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise UsageError(_refused(error, host, port)) from error
        number = runner.addresses[0][1]
        yield _address(guard, number)
    finally:
        await runner.cleanup()


async def serve(root: Path, host: str, port: int, opened: Callable[[str], None]) -> None:
    """Serve a data set until Ctrl-C or SIGTERM.

    Parameters
    ----------
    root, host, port
        As `serving` takes them.
    opened : callable
        Called with the address as soon as it can be opened.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with serving(root, host, port) as address:
        opened(address)
        await stop.wait()


def _application(root: Path, guard: Guard) -> web.Application:
    application = web.Application(
        middlewares=[as_answers, guard.middleware], client_max_size=_LONGEST_BODY
    )
    application.on_response_prepare.append(guard.on_prepare)
    application.add_routes(StaticFiles(STATIC).routes())
    application.add_routes([_report_route(root)])
    stars = CurrentStars(root)
    application.cleanup_ctx.append(partial(_reading_ahead, stars))
    for routes in (
        DatasetRoutes(root, guard, stars),
        StarRoutes(stars),
        LabelRoutes(root, stars),
        RunRoutes(root),
    ):
        application.add_routes(routes.routes())
    return application


async def _reading_ahead(stars: CurrentStars, application: web.Application) -> AsyncIterator[None]:
    """Read the table of all stars before anybody asks for it: that of 200,000 takes seconds."""
    reading = asyncio.create_task(stars.now())
    yield
    reading.cancel()
    # Whoever asks for the stars is told what is wrong with them.
    await asyncio.gather(reading, return_exceptions=True)


def _report_route(root: Path) -> web.RouteDef:
    async def report(request: web.Request) -> web.FileResponse:
        path = root / REPORT_NAME
        if not path.is_file():
            raise web.HTTPNotFound(text=f"there is no report yet: run xenoscan report {root}\n")
        return web.FileResponse(path, headers={"Content-Security-Policy": _OF_REPORT})

    return web.get(f"/{REPORT_NAME}", report)


def _address(guard: Guard, port: int) -> str:
    if guard.is_open:
        name = f"[{guard.host}]" if ":" in guard.host else guard.host
        return f"http://{name}:{port}/"
    return f"http://{_reachable_name(guard.host)}:{port}/?token={guard.token}"


def _reachable_name(host: str) -> str:
    if host in ("0.0.0.0", "::", ""):  # compared, not bound
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _refused(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken: name another with --port (0 takes a free one)"
    return f"cannot listen at {host}, port {port}: {error.strerror or error}"
