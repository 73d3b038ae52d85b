"""One pool of HTTP connections: bodies into memory, errors translated."""

from __future__ import annotations

import asyncio
import email.utils
import json
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from types import TracebackType
from typing import Any

import aiohttp

from preprocessing._version import __version__
from preprocessing.exceptions import (
    ArchiveAnswerError,
    ArchiveError,
    ArchiveTimeout,
    ProductNotFound,
    RunError,
)
from preprocessing.open_files import OUT_OF_FILES_ADVICE, is_out_of_files
from preprocessing.rate_limit import RateLimit

__all__ = ["HttpClient", "Timeouts", "Transfer", "parse_retry_after"]

#: Sent with every request, so that the archive's people can tell who is asking.
USER_AGENT = (
    f"xenoscan/{__version__} Python/{platform.python_version()} aiohttp/{aiohttp.__version__}"
)

#: The largest mission file, a month of short cadence, has 4.6 MB; a page of a search
#: with 50,000 rows has some 75 MB.
_LARGEST_FILE = 64 * 2**20
_LARGEST_ANSWER = 512 * 2**20

_NOT_THERE = frozenset({404, 410})


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


class Transfer:
    """Counts what one target's requests moved, and when the last byte came.

    Parameters
    ----------
    clock : callable
        Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.bytes = 0
        self.waiting_s = 0.0
        self._last_progress = clock()
        self._silence_until = self._last_progress

    def received(self, count: int) -> None:
        """Note that so many bytes came."""
        self.bytes += count
        self._last_progress = self._clock()

    def touch(self) -> None:
        """Note progress of another kind."""
        self._last_progress = self._clock()

    def expect_silence(self, seconds: float) -> None:
        """Note that nothing will move for so long, on purpose."""
        self._silence_until = max(self._silence_until, self._clock() + seconds)

    def forgive(self, seconds: float) -> None:
        """Note that this process did not run for so long: nothing can have moved meanwhile."""
        self._last_progress += seconds
        self._silence_until += seconds

    def seconds_left(self, patience_s: float) -> float:
        """Return how long until there was no progress for `patience_s` seconds."""
        # What comes meanwhile, of another file, does not end an agreed silence.
        return max(self._last_progress, self._silence_until) + patience_s - self._clock()

    def waited(self, seconds: float) -> None:
        """Note how long the archive took to begin an answer."""
        self.waiting_s += seconds


class _Waiting:
    """Tells a transfer once how long it was until an answer began, or none would."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer: Transfer | None = transfer
        self._began = time.monotonic()

    def end(self) -> None:
        if self._transfer is not None:
            self._transfer.waited(time.monotonic() - self._began)
            self._transfer = None


class HttpClient:
    """Requests over one pool of connections, each made once.

    Only aiohttp itself repeats a GET, once, whose connection ended before any answer.

    Parameters
    ----------
    connections : int
        Most connections at once. One host known to have been hammered with about 100
        was MAST (https://github.com/lightkurve/lightkurve/issues/993).
    timeouts : Timeouts, optional
    rate_limit : RateLimit, optional
        For what all requests receive together.
    use_proxies : bool, optional
        Whether the environment's proxies (``https_proxy`` and so on) are honoured. None
        of them can reach a server on this machine.
    """

    def __init__(
        self,
        connections: int,
        *,
        timeouts: Timeouts | None = None,
        rate_limit: RateLimit | None = None,
        use_proxies: bool = True,
    ) -> None:
        self._rate_limit = rate_limit
        self._connections = connections
        self._timeouts = timeouts or Timeouts()
        self._use_proxies = use_proxies
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> HttpClient:
        # Bodies as they are: the bytes that are checked are the bytes that were sent.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            trust_env=self._use_proxies,
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

    async def get_file(self, url: str, params: Mapping[str, str], transfer: Transfer) -> bytes:
        """Return a file's bytes.

        Raises
        ------
        ProductNotFound
            The archive says that there is no such file.
        ArchiveError
            Anything else went wrong; another try may succeed.
        RunError
            This process has too many files open.
        """
        return await self._request(
            "GET", url, transfer, _LARGEST_FILE, params=params, timeout=self._timeouts.of_file
        )

    async def get_json(self, url: str, params: list[tuple[str, str]], transfer: Transfer) -> Any:
        """Return a JSON answer to a GET request.

        Raises
        ------
        ArchiveError
            No answer, or none that is JSON.
        """
        return await self._query("GET", url, transfer, params=params)

    async def post_form(self, url: str, form: Mapping[str, str], transfer: Transfer) -> Any:
        """Return a JSON answer to a POST request with a form.

        Raises
        ------
        ArchiveError
            No answer, or none that is JSON.
        """
        return await self._query("POST", url, transfer, data=dict(form))

    async def get_text(self, url: str, transfer: Transfer) -> str:
        """Return the text of a page.

        Raises
        ------
        ArchiveError
            No answer, or an error.
        ProductNotFound
            There is no such page.
        """
        body = await self._request(
            "GET", url, transfer, _LARGEST_FILE, timeout=self._timeouts.of_query
        )
        return body.decode("utf-8", "replace")

    async def _query(self, method: str, url: str, transfer: Transfer, **arguments: Any) -> Any:
        try:
            body = await self._request(
                method,
                url,
                transfer,
                _LARGEST_ANSWER,
                timeout=self._timeouts.of_query,
                **arguments,
            )
        except ProductNotFound as error:
            # A service that is not there says nothing about any file.
            raise ArchiveError(str(error)) from error
        return _parse_json(body, url)

    async def _request(
        self, method: str, url: str, transfer: Transfer, largest: int, **arguments: Any
    ) -> bytes:
        if self._session is None:
            raise RuntimeError("HttpClient is used outside of its `async with` block")
        waiting = _Waiting(transfer)
        try:
            async with self._session.request(method, url, **arguments) as response:
                waiting.end()
                _check_status(response)
                return await _read_body(response, transfer, largest, self._rate_limit)
        except asyncio.TimeoutError as error:
            raise ArchiveTimeout(f"{url}: no answer for too long") from error
        except aiohttp.ClientConnectorError as error:
            if is_out_of_files(error):
                # No fault of the archive's, and no target's.
                raise RunError(
                    f"cannot connect to {error.host}:{error.port}: {error.strerror}."
                    f" {OUT_OF_FILES_ADVICE}, then go on with --resume"
                ) from error
            raise ArchiveError(f"cannot connect to {error.host}:{error.port}: {error}") from error
        except (aiohttp.ClientError, OSError) as error:
            text = str(error) or type(error).__name__
            raise ArchiveError(f"{url}: {text}") from error
        finally:
            waiting.end()


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
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - now).total_seconds())


def _check_status(response: aiohttp.ClientResponse) -> None:
    if response.status == 200:
        return
    message = f"{response.url}: HTTP status {response.status} {response.reason or ''}".rstrip()
    if response.status in _NOT_THERE:
        raise ProductNotFound(message)
    now = datetime.now(timezone.utc)
    raise ArchiveError(message, parse_retry_after(response.headers.get("Retry-After"), now))


async def _read_body(
    response: aiohttp.ClientResponse,
    transfer: Transfer,
    largest: int,
    rate_limit: RateLimit | None,
) -> bytes:
    announced = response.content_length
    if announced is not None and announced > largest:
        raise ArchiveAnswerError(f"{response.url}: announces {announced} bytes, far too many")
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        transfer.received(len(chunk))
        if size > largest:
            raise ArchiveAnswerError(f"{response.url}: sends more than {largest} bytes")
        if rate_limit is not None:
            owed_s = rate_limit.owed_s(len(chunk))
            transfer.expect_silence(owed_s)
            await rate_limit.wait(owed_s)
    # What a proxy compressed on the way is longer than announced, and was checked.
    compressed = "Content-Encoding" in response.headers
    if announced is not None and size != announced and not compressed:
        raise ArchiveError(f"{response.url}: {size} bytes came where {announced} were announced")
    return b"".join(chunks)


def _parse_json(body: bytes, url: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ArchiveAnswerError(f"{url}: the answer is not JSON: {body[:80]!r}") from error
