"""One pool of HTTP connections: bodies into memory, errors translated."""

from __future__ import annotations

import asyncio
import email.utils
import platform
from collections.abc import Awaitable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from types import TracebackType
from typing import Any

import aiohttp
from yarl import URL

from preprocessing._version import __version__
from preprocessing.core.errors import (
    ArchiveAnswerError,
    ArchiveBusy,
    ArchiveError,
    ArchiveTimeout,
    ProductNotFound,
)
from preprocessing.network.http_body import parse_json, unpack
from preprocessing.network.http_errors import refused_by_proxy, through, translated
from preprocessing.network.proxies import Proxies
from preprocessing.network.rate_limit import RateLimit
from preprocessing.network.redirects import MOST_REDIRECTS, REDIRECTS, redirected
from preprocessing.network.throttle import Hedge, Slot, Throttle
from preprocessing.network.transfer import Silence, SlownessWatch, Transfer

__all__ = [
    "HttpClient",
    "HttpFile",
    "Timeouts",
    "parse_retry_after",
    "read_body",
]

#: Sent with every request, so that the archive's people can tell who is asking.
USER_AGENT = (
    f"xenoscan/{__version__} Python/{platform.python_version()} aiohttp/{aiohttp.__version__}"
)

#: The largest mission file, a month of short cadence, has 4.6 MB; a page of a search
#: with 50,000 rows has some 75 MB.
_LARGEST_FILE = 64 * 2**20
_LARGEST_ANSWER = 512 * 2**20

#: Rivals that may be sent before one of them wins: of files no fewer than so many, and one for each
#: connection, since all may be silent at once; of searches, which may keep MAST busy for minutes.
_LEAST_FILE_RIVALS, _QUERY_RIVALS = 4, 2

_NOT_THERE = frozenset({404, 410})
_TOO_MANY = frozenset({429, 503})
#: A proxy's own answer: it wants a user name and a password (RFC 9110, section 15.5.8).
_PROXY_LOGIN = 407


@dataclass(frozen=True)
class Timeouts:
    """How long a server may be silent, in seconds.

    Parameters
    ----------
    connect_s : float
        Until a connection stands.
    file_silence_s : float
        Until the next bytes of a file come.
    query_silence_s : float
        Until the next bytes of another answer come. Some searches keep MAST busy for
        minutes before the first (https://github.com/lightkurve/lightkurve/issues/460).
    """

    connect_s: float = 30.0
    file_silence_s: float = 60.0
    query_silence_s: float = 300.0

    @property
    def of_file(self) -> aiohttp.ClientTimeout:
        """The limits for a file, as aiohttp takes them."""
        return self._of_silence(self.file_silence_s)

    @property
    def of_query(self) -> aiohttp.ClientTimeout:
        """The limits for anything else, as aiohttp takes them."""
        return self._of_silence(self.query_silence_s)

    def _of_silence(self, silence_s: float) -> aiohttp.ClientTimeout:
        # A large answer over a slow line takes as long as it takes.
        return aiohttp.ClientTimeout(total=None, sock_connect=self.connect_s, sock_read=silence_s)


@dataclass(frozen=True)
class HttpFile:
    """A file, and what the server says of it.

    Parameters
    ----------
    body : bytes
        The whole body, decompressed if a proxy compressed it.
    headers : mapping of str to str
        Of the answer, by names in any case.
    """

    body: bytes
    headers: Mapping[str, str]


class HttpClient:
    """Requests over one pool of connections, each made once, but for rivals of silent ones.

    aiohttp repeats a GET, too, once, if the connection ends before any answer.

    Parameters
    ----------
    connections : int
        Most connections at once. One host known to have been hammered with about 100
        was MAST (https://github.com/lightkurve/lightkurve/issues/993).
    throttle : Throttle, optional
        Decides how many files are requested at once; as many as there are connections,
        unless the archive refuses, if not given.
    timeouts : Timeouts, optional
        How long a server may be silent; the defaults of `Timeouts` if not given.
    rate_limit : RateLimit, optional
        For what all requests receive together.
    use_proxies : bool, optional
        Whether the environment's proxies (``https_proxy`` and so on) are honored. None
        of them can reach a server on this machine.
    """

    def __init__(
        self,
        connections: int,
        *,
        throttle: Throttle | None = None,
        timeouts: Timeouts | None = None,
        rate_limit: RateLimit | None = None,
        use_proxies: bool = True,
    ) -> None:
        self._rate_limit = rate_limit
        self._connections = connections
        #: A request takes its turn here, and never in aiohttp's own queue for a connection: what
        #: waits there looks like what the server does not answer.
        self._turns = asyncio.Semaphore(connections)
        self._throttle = throttle or Throttle(connections)
        self._file_hedge = Hedge(self._throttle, max(_LEAST_FILE_RIVALS, connections))
        # Other requests need no slots.
        self._query_hedge = Hedge(Throttle(connections), _QUERY_RIVALS)
        #: Whether the server ever answered anything: its address is right then.
        self.has_answered = False
        self._timeouts = timeouts or Timeouts()
        self._use_proxies = use_proxies
        self._proxies = Proxies()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> HttpClient:
        if self._use_proxies:
            self._proxies = Proxies.of_environment()
        # Bodies as they are: the bytes that are checked are the bytes that were sent.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def get_file(
        self,
        url: str,
        params: Mapping[str, str],
        transfer: Transfer,
        *,
        first_bytes: int | None = None,
    ) -> Awaitable[HttpFile]:
        """Return a file.

        Parameters
        ----------
        url : str
            The file's address.
        params : mapping of str to str
            The query that is added to it.
        transfer : Transfer
            Told what is moved.
        first_bytes : int, optional
            How many bytes to ask for, from the beginning. A server may send all of it
            nevertheless.

        Returns
        -------
        awaitable of HttpFile
            Awaiting it raises `ProductNotFound` if the archive says that there is no such file,
            and `ArchiveError` if anything else went wrong; another attempt may succeed.
        """
        some = {} if first_bytes is None else {"Range": f"bytes=0-{first_bytes - 1}"}
        address = _address(url, params)
        send = partial(
            self._send,
            "GET",
            address,
            transfer,
            _LARGEST_FILE,
            throttle=self._throttle,
            headers=some,
            timeout=self._timeouts.of_file,
        )
        silence_s = self._timeouts.file_silence_s
        return self._file_hedge.first_answer(
            send, str(address), "files", silence_s, transfer.rivals
        )

    async def get_json(self, url: str, params: list[tuple[str, str]], transfer: Transfer) -> Any:
        """Return a JSON answer to a GET request.

        Raises
        ------
        ArchiveError
            No answer, or none that is JSON.
        """
        answer = await self._query("GET", _address(url, params), transfer, url)
        return parse_json(answer.body, url)

    async def post_form(
        self, url: str, form: Mapping[str, str], transfer: Transfer, *, peers: str = ""
    ) -> Any:
        """Return a JSON answer to a POST request with a form, which changes nothing there.

        Parameters
        ----------
        url : str
            The address.
        form : mapping of str to str
            The fields.
        transfer : Transfer
            Told what is moved.
        peers : str, optional
            Names the requests whose answers take as long; those to the same address if empty.

        Raises
        ------
        ArchiveError
            No answer, or none that is JSON.
        """
        answer = await self._query("POST", _address(url), transfer, peers or url, data=dict(form))
        return parse_json(answer.body, url)

    async def get_text(self, url: str, transfer: Transfer) -> str:
        """Return the text of a page.

        Raises
        ------
        ArchiveError
            No answer, or an error.
        ProductNotFound
            There is no such page.
        """
        page = await self._ask("GET", _address(url), transfer, url, _LARGEST_FILE)
        return page.body.decode("utf-8", "replace")

    async def _query(
        self, method: str, address: URL, transfer: Transfer, peers: str, **arguments: Any
    ) -> HttpFile:
        try:
            return await self._ask(method, address, transfer, peers, _LARGEST_ANSWER, **arguments)
        except ProductNotFound as error:
            # A service that is not there says nothing about any file.
            raise ArchiveError(str(error)) from error

    def _ask(
        self,
        method: str,
        address: URL,
        transfer: Transfer,
        peers: str,
        largest: int,
        **arguments: Any,
    ) -> Awaitable[HttpFile]:
        """Return the answer to a request that needs no slot."""
        send = partial(
            self._send,
            method,
            address,
            transfer,
            largest,
            timeout=self._timeouts.of_query,
            **arguments,
        )
        silence_s = self._timeouts.query_silence_s
        return self._query_hedge.first_answer(send, str(address), peers, silence_s, transfer.rivals)

    async def _send(
        self,
        method: str,
        address: URL,
        transfer: Transfer,
        largest: int,
        silence: Silence,
        is_rival: bool,
        *,
        throttle: Throttle | None = None,
        **arguments: Any,
    ) -> HttpFile:
        """Return an answer, wherever the archive's redirects lead."""
        if self._session is None:
            raise RuntimeError("HttpClient is used outside of its `async with` block")
        what = str(address.with_query(None))
        slot: Slot | None
        async with (
            (
                nullcontext() if throttle is None else throttle.slot(transfer, is_rival=is_rival)
            ) as slot,
            self._turns,
        ):
            silence.begin()
            proxy = None
            try:
                for _ in range(MOST_REDIRECTS + 1):
                    # Redirects are followed by our own rules.
                    proxies = self._proxies
                    proxy = proxies.of(address) if proxies.by_scheme else None
                    async with self._session.request(
                        method,
                        address,
                        allow_redirects=False,
                        proxy=None if proxy is None else proxy.url,
                        **arguments,
                    ) as response:
                        if proxy is not None and response.status == _PROXY_LOGIN:
                            raise refused_by_proxy(proxy, what, response.status, response.reason)
                        self.has_answered = True
                        if response.status not in REDIRECTS:
                            silence.heard()
                            _check_status(response)
                            rate = self._rate_limit
                            transfer.traffic.receiving += 1
                            try:
                                body = await read_body(response, transfer, silence, largest, rate)
                            finally:
                                transfer.traffic.receiving -= 1
                            return HttpFile(body, response.headers)
                        location = response.headers.get("Location", "")
                        address = redirected(method, address, response.status, location)
                raise ArchiveAnswerError(f"{what}: redirects more than {MOST_REDIRECTS} times")
            except asyncio.TimeoutError as error:
                raise ArchiveTimeout(f"{what}: no answer for too long{through(proxy)}") from error
            except (aiohttp.ClientError, OSError) as error:
                raise translated(error, what, proxy) from error
            finally:
                transfer.waited(silence.first_wait_s)
                if slot is not None:
                    slot.waited(silence.first_wait_s)


def _address(url: str, params: Mapping[str, str] | list[tuple[str, str]] | tuple[()] = ()) -> URL:
    try:
        address = URL(url).extend_query(params)
        # Asking for the host decodes it.
        _ = address.host
    except ValueError as error:
        raise ArchiveError(f"{url}: is no address: {error}") from error
    return address


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for.

    Parameters
    ----------
    value : str or None
        Seconds, or an HTTP date.
    now : datetime
        With a time zone.

    Examples
    --------
    >>> parse_retry_after("120", datetime.now(timezone.utc))
    120.0
    """
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - now).total_seconds())


def _check_status(response: aiohttp.ClientResponse) -> None:
    asked_for_part = "Range" in response.request_info.headers
    if response.status == 200 or (response.status == 206 and asked_for_part):
        return
    reason = (response.reason or "")[:80]
    message = f"{response.url}: HTTP status {response.status} {reason}".rstrip()
    if response.status in _NOT_THERE:
        raise ProductNotFound(message)
    kind = ArchiveBusy if response.status in _TOO_MANY else ArchiveError
    now = datetime.now(timezone.utc)
    raise kind(message, parse_retry_after(response.headers.get("Retry-After"), now))


async def read_body(
    response: aiohttp.ClientResponse,
    transfer: Transfer,
    silence: Silence,
    largest: int,
    rate_limit: RateLimit | None = None,
) -> bytes:
    """Return the body of an answer.

    Parameters
    ----------
    response : aiohttp.ClientResponse
        Of a session that does not decompress by itself.
    transfer : Transfer
        Told what comes.
    silence : Silence
        Told when something comes.
    largest : int
        Bytes that the body may have, compressed or not.
    rate_limit : RateLimit, optional
        Limits the download rate; unlimited if not given.

    Raises
    ------
    ArchiveAnswerError
        It is too large, or compressed in a way that was not requested.
    ArchiveTimeout
        It comes too slowly.
    ArchiveError
        It is not as long as announced.
    """
    url, announced = response.url, response.content_length
    if announced is not None and announced > largest:
        raise ArchiveAnswerError(f"{url}: announces {announced} bytes, far too many")
    watch = SlownessWatch(str(url))
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        transfer.received(len(chunk))
        silence.heard()
        if size > largest:
            raise ArchiveAnswerError(f"{url}: sends more than {largest} bytes")
        watch.received(len(chunk))
        if rate_limit is not None:
            owed_s = rate_limit.owed_s(len(chunk))
            silence.exclude_time(owed_s)
            with transfer.paused():
                await rate_limit.wait(owed_s)
            watch.exclude_time(owed_s)
    if announced is not None and size != announced:
        raise ArchiveError(f"{url}: {size} bytes came where {announced} were announced")
    body = b"".join(chunks)
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding == "identity":
        return body
    return await asyncio.to_thread(unpack, body, coding, largest, str(url))
