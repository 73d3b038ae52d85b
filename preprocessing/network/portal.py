"""MAST's portal: one question, every page of the answer, as rows."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from preprocessing.core.errors import ArchiveAnswerError, ArchiveTimeout
from preprocessing.network.http_client import HttpClient
from preprocessing.network.transfer import Transfer
from preprocessing.system.printable import printable
from preprocessing.system.waiting import Sleep, loop_time

__all__ = ["MAST_URL", "Portal", "PortalServer", "Row"]

_log = logging.getLogger(__name__)

MAST_URL = "https://mast.stsci.edu"

Row = Mapping[str, Any]

#: Rows per page; astroquery requests as many.
_PAGE_SIZE = 50_000
#: Requests at once: searches are batched, so that one is nearly always enough.
_QUERIES_AT_ONCE = 2
#: A search that is EXECUTING is requested again after growing pauses; astroquery, which
#: does not pause at all, gives up after as long (`astroquery.mast.conf.timeout`).
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 15.0
_PATIENCE_S = 600.0
#: Rows of a whole answer: the portal gives some 500,000 at most.
_MOST_ROWS = 1_000_000
#: Characters of what the portal says of an error.
_LONGEST_MESSAGE = 300


class Portal:
    """Client of the Mashup API (https://mast.stsci.edu/api/v0/).

    Parameters
    ----------
    http : HttpClient
        Open client that makes the requests.
    base_url : str
        Scheme and host.
    page_size : int, optional
        Rows a page.
    sleep, clock : callable, optional
        `asyncio.sleep` and `loop_time`, unless a test passes others.
    """

    def __init__(
        self,
        http: HttpClient,
        base_url: str,
        *,
        page_size: int = _PAGE_SIZE,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = loop_time,
    ) -> None:
        self._http = http
        self._url = f"{base_url}/api/v0/invoke"
        self._page_size = page_size
        self._slots = asyncio.Semaphore(_QUERIES_AT_ONCE)
        self._sleep = sleep
        self._clock = clock

    async def query(
        self,
        service: str,
        params: Mapping[str, Any],
        needed: Sequence[str],
        transfer: Transfer,
    ) -> list[Row]:
        """Ask a service, and return the rows of all pages.

        Parameters
        ----------
        service : str
            For instance ``Mast.Caom.Filtered``.
        params : mapping
            The service's own parameters.
        needed : sequence of str
            Columns without which the answer is of no use.
        transfer : Transfer
            Told what is moved, and that a page still executing is progress.

        Raises
        ------
        ArchiveAnswerError
            The answer is an ERROR, not of the known shape, lacks a column or a page, or is
            of more rows than there can be.
        ArchiveTimeout
            The archive was still EXECUTING after ten minutes.
        ArchiveError
            It could not be reached, or failed.
        """
        rows: list[Row] = []
        page = pages = 1
        async with self._slots:
            while page <= pages:
                answer = await self._page(service, params, page, transfer)
                _check_columns(answer, needed, service)
                pages = self._count_pages(answer, service)
                if page > 1 and not answer["data"]:
                    raise ArchiveAnswerError(f"{service}: page {page} of {pages} is empty")
                rows += answer["data"]
                page += 1
        return rows

    def _count_pages(self, answer: Row, service: str) -> int:
        paging = answer.get("paging")
        pages = paging.get("pagesFiltered") if isinstance(paging, dict) else None
        if pages is None:
            return 1
        if isinstance(pages, bool) or not isinstance(pages, int) or pages < 0:
            raise ArchiveAnswerError(f"{service}: the answer does not say how many pages it has")
        if (pages - 1) * self._page_size > _MOST_ROWS:
            raise ArchiveAnswerError(f"{service}: the answer has far too many pages")
        return pages

    async def _page(
        self, service: str, params: Mapping[str, Any], page: int, transfer: Transfer
    ) -> Row:
        request = {
            "service": service,
            "params": params,
            "format": "json",
            "pagesize": self._page_size,
            "page": page,
        }
        form = {"request": json.dumps(request)}
        began = self._clock()
        for pause_s in _growing_pauses():
            answer = await self._http.post_form(self._url, form, transfer, peers=service)
            status = answer.get("status") if isinstance(answer, dict) else None
            if isinstance(answer, dict) and status == "COMPLETE":
                return answer
            if status != "EXECUTING":
                raise ArchiveAnswerError(f"{service} at {self._url}: {_complaint(answer)}")
            if self._clock() - began + pause_s > _PATIENCE_S:
                break
            _log.info("%s is executing; asking again in %.0f s", service, pause_s)
            await self._sleep(pause_s)
            transfer.touch()
        raise ArchiveTimeout(f"{service} at {self._url}: executing for over {_PATIENCE_S:.0f} s")


def _growing_pauses() -> Iterator[float]:
    pause_s = _FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)


def _check_columns(answer: Row, needed: Sequence[str], service: str) -> None:
    rows = answer.get("data")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ArchiveAnswerError(f"{service}: the answer has no rows of data")
    missing = {name for row in rows for name in needed if name not in row}
    if missing:
        raise ArchiveAnswerError(
            f"{service}: the answer lacks the column {', '.join(sorted(missing))}"
        )


def _complaint(answer: Any) -> str:
    """Return what an answer says that is none, as far as it is text."""
    if not isinstance(answer, dict):
        return f"a {type(answer).__name__} instead of rows"
    texts = [t for t in (answer.get("status"), answer.get("msg")) if isinstance(t, str)]
    return printable(": ".join(texts) or "an answer without a status", _LONGEST_MESSAGE)


@dataclass(frozen=True)
class PortalServer:
    """A server that speaks MAST's API.

    Parameters
    ----------
    identity : str
        What records call it.
    base_url : str
        Scheme and host.
    portal : Portal
        A client of it, open.
    """

    identity: str
    base_url: str
    portal: Portal
