"""Faults of a web server: a page in place of the answer, with its HTTP status."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable, Mapping

from preprocessing.simulator.answers import Answer, text_answer
from preprocessing.simulator.downloads import not_found
from preprocessing.simulator.faults.fault_context import FaultContext

__all__ = ["busy_until", "head_refused", "maintenance", "missing", "status_page"]

_MAINTENANCE_PAGE = """<!DOCTYPE html>
<html><head><title>MAST is down for maintenance</title></head>
<body><h1>Scheduled maintenance</h1><p>We will be back soon.</p></body></html>
"""


def status_page(
    status: int, reason: str, retry_after_s: int | None = None
) -> Callable[[Answer, FaultContext], Answer]:
    """Make a fault of an HTTP status, with Retry-After in seconds if a time is given."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    wrong = _page(status, reason, headers)
    return lambda answer, context: wrong


def busy_until(
    status: int, reason: str, retry_after_s: int
) -> Callable[[Answer, FaultContext], Answer]:
    """Make a fault of an HTTP status whose Retry-After is a date, so many seconds ahead.

    Of the calendar's clock: a date means nothing else, whatever clock the server's event
    loop keeps.
    """

    def page(answer: Answer, context: FaultContext) -> Answer:
        moment = email.utils.formatdate(time.time() + retry_after_s, usegmt=True)
        return _page(status, reason, {"Retry-After": moment})

    return page


def maintenance(answer: Answer, context: FaultContext) -> Answer:
    """Send a page for people, under status 200."""
    return text_answer(200, _MAINTENANCE_PAGE, "html")


def missing(answer: Answer, context: FaultContext) -> Answer:
    """Know nothing of a file."""
    return not_found()


def head_refused(answer: Answer, context: FaultContext) -> Answer:
    """Refuse the method HEAD, as some servers of files do."""
    return text_answer(405, "method not allowed\n", headers={"Allow": "GET"})


def _page(status: int, reason: str, headers: Mapping[str, str]) -> Answer:
    page = f"<html><head><title>{status} {reason}</title></head><body>{reason}</body></html>\n"
    return text_answer(status, page, "html", headers)
