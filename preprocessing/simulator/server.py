"""The simulator's server: HTTP on loopback that answers as MAST does."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from preprocessing.simulator.answers import Answer, json_answer, text_answer
from preprocessing.simulator.calls import Call, CallKind
from preprocessing.simulator.connections import CountingServer
from preprocessing.simulator.downloads import file_answer, head_answer, product_of_uri
from preprocessing.simulator.faults.corrupt_transfers import LOOP, MOVED
from preprocessing.simulator.faults.fault_context import FaultContext
from preprocessing.simulator.faults.plan import ChosenFault, FaultPlan
from preprocessing.simulator.holdings import Holdings, ProductNames
from preprocessing.simulator.listener import Listener
from preprocessing.simulator.port_scheduler import PortScheduler
from preprocessing.simulator.portal import (
    PortalError,
    PortalService,
    columns_config,
    error_envelope,
    parse_request,
)
from preprocessing.simulator.refusal import Refusal
from preprocessing.simulator.request_log import RequestLog
from preprocessing.simulator.resolver import ResolverService
from preprocessing.simulator.sending import send
from preprocessing.simulator.tap import TableService
from preprocessing.simulator.tree_routes import TreeRoutes

__all__ = ["ARCHIVE_HEADER", "ArchiveSimulator", "ArchiveThread"]

#: A header of every answer. Its value is ``synthetic`` if the server makes up its stars, else
#: ``mirror``.
ARCHIVE_HEADER = "X-Xenoscan-Archive"

#: Threads that compute files and answer queries, so that the event loop stays responsive.
_THREADS = 4
#: How long unfinished answers may still take when the server closes, in seconds.
_CLOSING_S = 0.05

Form = dict[str, list[str]]


@dataclass(frozen=True)
class _Task:
    """A call, and the function that computes its correct answer in a thread."""

    call: Call
    answer: Callable[[], Answer]


class ArchiveSimulator:
    """A server in the running event loop, as an asynchronous context manager.

    Parameters
    ----------
    holdings : Holdings
        The stars and files to serve.
    host : str, optional
        Address to listen on.
    port : int, optional
        0 picks a free port.
    latency_s : float, optional
        Wait before the first byte of every answer, in seconds.
    portal_latency_s : float, optional
        The same for the portal and the resolver; `latency_s` by default.
    bandwidth_mb_s : float, optional
        Bandwidth of each connection in megabytes (10**6 bytes) per second; unlimited by default.
    faults : FaultPlan, optional
        What goes wrong; nothing by default. Its windows count seconds since the server's start,
        by the event loop's clock.
    capacity : int, optional
        How many requests are served at one time, each from its arrival to the end of its answer.
        Further requests are refused at once. Unlimited by default.
    refusal : Refusal, optional
        The answer to refused requests.
    tls : ssl.SSLContext, optional
        A certificate and its key, to serve HTTPS.

    Attributes
    ----------
    base_url : str
        ``http://host:port`` or ``https://host:port``, once the server runs.
    log : RequestLog
        Counts of requests and answers.
    faults : FaultPlan
        What goes wrong; may be extended while the server runs.
    capacity : int or None
        May be changed while the server runs; requests in progress are not interrupted.

    Raises
    ------
    OSError
        On entering: the port is not available.
    """

    def __init__(
        self,
        holdings: Holdings,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        latency_s: float = 0.0,
        portal_latency_s: float | None = None,
        bandwidth_mb_s: float | None = None,
        faults: FaultPlan | None = None,
        capacity: int | None = None,
        refusal: Refusal | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.base_url = ""
        self._tls = tls
        self.log = RequestLog()
        self.faults = FaultPlan() if faults is None else faults
        self.capacity = capacity
        self._slots_taken = 0
        self._refusal = refusal or Refusal()
        self._holdings = holdings
        self._names = ProductNames(holdings)
        self._portal = PortalService(holdings)
        self._resolver = ResolverService(holdings)
        self._trees = TreeRoutes(holdings)
        self._tables = TableService(holdings)
        self._address = (host, port)
        self._file_latency_s = latency_s
        self._portal_latency_s = latency_s if portal_latency_s is None else portal_latency_s
        self._bytes_per_s = None if bandwidth_mb_s is None else bandwidth_mb_s * 1e6
        self._label = "synthetic" if holdings.is_synthetic else "mirror"
        self._resources = AsyncExitStack()
        self._routes: dict[str, tuple[str, Callable[[web.BaseRequest], Awaitable[_Task]]]] = {
            "": ("GET", self._front_page),
            "/portal/Mashup/Mashup.asmx/columnsconfig": ("POST", self._columns_config),
            "/api/v0/invoke": ("GET POST", self._invoke),
            "/Santa-war/query": ("GET", self._resolve),
            "/TAP/sync": ("GET POST", self._tap),
            "/api/v0.1/Download/file": ("GET HEAD", self._download),
        }

    async def __aenter__(self) -> ArchiveSimulator:
        self._started_s = asyncio.get_running_loop().time()
        async with AsyncExitStack() as resources:
            self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="archive")
            resources.callback(self._threads.shutdown, cancel_futures=True)
            server = CountingServer(self._serve, self.log, self._turns_away)
            runner = web.ServerRunner(server, shutdown_timeout=_CLOSING_S)
            await runner.setup()
            resources.push_async_callback(runner.cleanup)
            listener = Listener(runner, *self._address, self._tls)
            resources.callback(listener.close)
            self.base_url = listener.base_url
            scheduler = PortScheduler(
                listener, self.faults, lambda: self.elapsed_s, server.drop_all
            )
            await resources.enter_async_context(scheduler)
            self._resources = resources.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._resources.aclose()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the server's start, on the event loop's clock."""
        return asyncio.get_running_loop().time() - self._started_s

    def _turns_away(self) -> bool:
        """Tell whether the fault plan refuses a client that has just connected."""
        call = Call(CallKind.CONNECTION, "", "")
        chosen = self.faults.choose(call, self.elapsed_s)
        if chosen is not None:
            self.log.add_fault(chosen.fault.kind, call)
        return chosen is not None

    @contextmanager
    def _slot(self) -> Iterator[bool]:
        """Yield whether a slot is free for a request, and occupy it while the block runs."""
        has_slot = self.capacity is None or self._slots_taken < self.capacity
        self._slots_taken += has_slot
        try:
            yield has_slot
        finally:
            self._slots_taken -= has_slot

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        with self.log.request(), self._slot() as has_slot:
            task = await self._route(request)
            self.log.add_call(task.call, request.host)
            if not has_slot:
                self.log.add_refusal()
                return await self._send(request, task.call, self._refusal.answer())
            chosen = self.faults.choose(task.call, self.elapsed_s)
            await asyncio.sleep(self._latency_s(task.call.kind))
            right, answer = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._answers, task, chosen
            )
            if chosen is not None and answer is not right:
                self.log.add_fault(chosen.fault.kind, task.call)
            try:
                response = await self._send(request, task.call, answer)
            except ConnectionResetError:
                # The client has left: there is nobody to answer.
                return web.Response()
            if answer is right:
                self.log.add_whole(task.call, answer)
            return response

    def _answers(self, task: _Task, chosen: ChosenFault | None) -> tuple[Answer, Answer]:
        """Return the correct answer, and the answer to send."""
        right = task.answer()
        if chosen is None:
            return right, right
        context = FaultContext(task.call, self._holdings, chosen.number, self.base_url)
        return right, chosen.fault.distort(right, context)

    async def _route(self, request: web.BaseRequest) -> _Task:
        path, target = request.path.rstrip("/"), request.raw_path
        if path.startswith(LOOP):
            return _other(request, text_answer(307, "moved\n", headers={"Location": target}))
        moved = path.startswith(f"{MOVED}/")
        path = path[len(MOVED) :] if moved else path
        methods, route = self._routes.get(path, ("", None))
        in_tree = self._trees.find(request, path) if route is None else None
        if in_tree is not None:
            call, answer = in_tree
            return _Task(replace(call, target=request.path_qs, moved=moved), answer)
        if route is None:
            return _other(request, text_answer(404, f"no such service: {request.path}\n"))
        if request.method not in methods.split():
            refusal = text_answer(405, "method not allowed\n", headers={"Allow": methods})
            return _other(request, refusal)
        task = await route(request)
        return replace(task, call=replace(task.call, target=request.path_qs, moved=moved))

    async def _front_page(self, request: web.BaseRequest) -> _Task:
        call = Call(CallKind.OTHER, request.path, request.path)
        return _Task(call, self._front_page_answer)

    def _front_page_answer(self) -> Answer:
        text = (
            f"XENOSCAN embedded archive ({self._label}): {len(self._holdings.star_keys())} stars.\n"
            "It speaks the MAST API: portal, name resolver and Download; and TAP;\n"
            "and it is a bucket, below /stpubdata, and the folders /missions and /hlsps.\n"
            f"Holdings: {self._digest}\n"
        )
        return text_answer(200, text)

    @cached_property
    def _digest(self) -> str:
        """A fingerprint that tells these holdings from others served at this address."""
        hasher = hashlib.sha256()
        for key in self._holdings.star_keys():
            names = (product.file_name for product in self._holdings.products(key))
            hasher.update("\n".join(names).encode() + b"\n")
        return hasher.hexdigest()

    async def _columns_config(self, request: web.BaseRequest) -> _Task:
        name = _first(await _form(request), "colConfigId") or ""
        call = Call(CallKind.COLUMNS_CONFIG, name, name)
        return _Task(call, lambda: json_answer(columns_config(name)))

    async def _invoke(self, request: web.BaseRequest) -> _Task:
        try:
            asked = parse_request(_first(await _form(request), "request"))
        except PortalError as error:
            refusal = json_answer(error_envelope(str(error)))
            return _Task(Call(CallKind.PORTAL, "", ""), lambda: refusal)
        # Leave out the cache breaker, which differs in every request for the same thing.
        content = repr([asked.get(key) for key in ("service", "params", "pagesize", "page")])
        call = Call(CallKind.PORTAL, str(asked.get("service")), content)
        return _Task(call, lambda: self._portal_answer(asked))

    def _portal_answer(self, asked: dict[str, Any]) -> Answer:
        try:
            return json_answer(self._portal.invoke(asked))
        except PortalError as error:
            return json_answer(error_envelope(str(error)))

    async def _resolve(self, request: web.BaseRequest) -> _Task:
        names = request.query.getall("name", [])
        call = Call(CallKind.RESOLVER, ",".join(names), ",".join(names))
        return _Task(call, lambda: json_answer(self._resolver.resolve(names)))

    async def _tap(self, request: web.BaseRequest) -> _Task:
        form = await _form(request)
        query = _first({key.upper(): values for key, values in form.items()}, "QUERY")
        call = Call(CallKind.TAP, query or "", query or "")
        return _Task(call, lambda: self._tables.answer(query))

    async def _download(self, request: web.BaseRequest) -> _Task:
        uri = request.query.get("uri")
        kind = CallKind.HEAD if request.method == "HEAD" else CallKind.DOWNLOAD
        if uri is None:
            refusal = text_answer(400, "no uri given\n")
            return _Task(Call(kind, "", ""), lambda: refusal)
        name = uri.rpartition("/")[2]
        # A weak ETag never matches If-Range (RFC 9110, section 13.1.5).
        wanted = None if "If-Range" in request.headers else request.headers.get("Range")
        return _Task(Call(kind, name, name), lambda: self._file_answer(kind, uri, wanted))

    def _file_answer(self, kind: CallKind, uri: str, range_header: str | None) -> Answer:
        product = product_of_uri(uri, self._names)
        try:
            if kind is CallKind.HEAD:
                return head_answer(self._holdings, product)
            return file_answer(self._holdings, product, range_header)
        except OSError as error:
            return text_answer(500, f"cannot be read: {error.strerror}\n")

    def _latency_s(self, kind: CallKind) -> float:
        of_tables = kind in (CallKind.PORTAL, CallKind.RESOLVER, CallKind.COLUMNS_CONFIG)
        return self._portal_latency_s if of_tables else self._file_latency_s

    async def _send(
        self, request: web.BaseRequest, call: Call, answer: Answer
    ) -> web.StreamResponse:
        self.log.add_answer(call, answer)
        return await send(request, answer, {ARCHIVE_HEADER: self._label}, self._bytes_per_s)


class ArchiveThread:
    """An `ArchiveSimulator` in a thread with its own event loop, as a context manager.

    For callers without an event loop. Parameters and attributes are those of
    `ArchiveSimulator`.
    """

    def __init__(self, holdings: Holdings, **parameters: Any) -> None:
        self._archive = ArchiveSimulator(holdings, **parameters)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="archive-loop")
        self._started: Future[None] = Future()

    @property
    def base_url(self) -> str:
        """``http://host:port``."""
        return self._archive.base_url

    @property
    def log(self) -> RequestLog:
        """What was asked and answered."""
        return self._archive.log

    @property
    def faults(self) -> FaultPlan:
        """What goes wrong."""
        return self._archive.faults

    @property
    def capacity(self) -> int | None:
        """How many requests are served at one time; None for any number. May be changed."""
        return self._archive.capacity

    @capacity.setter
    def capacity(self, capacity: int | None) -> None:
        self._archive.capacity = capacity

    def __enter__(self) -> ArchiveThread:
        self._running = self._thread.submit(asyncio.run, self._serve())
        wait([self._started, self._running], return_when=FIRST_COMPLETED)
        if self._running.done():
            self._thread.shutdown()
            self._running.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.shutdown()
        self._running.result()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self._archive:
            self._started.set_result(None)
            await self._stop.wait()


def _other(request: web.BaseRequest, answer: Answer) -> _Task:
    return _Task(Call(CallKind.OTHER, request.path, request.path), lambda: answer)


async def _form(request: web.BaseRequest) -> Form:
    if request.method == "GET":
        return parse_qs(request.query_string)
    return parse_qs((await request.read()).decode("utf-8", "replace"))


def _first(form: Form, key: str) -> str | None:
    return form.get(key, [None])[0]
