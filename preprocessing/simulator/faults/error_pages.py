"""Faults of a web server: an error page instead of the answer, with its HTTP status."""

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
    """Return a fault that sends an HTTP error status.

    Parameters
    ----------
    status : int
        HTTP status.
    reason : str
        The phrase on the page.
    retry_after_s : int, optional
        Value of Retry-After in seconds; no such header by default.
    """
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    wrong = _page(status, reason, headers)
    return lambda answer, context: wrong


def busy_until(
    status: int, reason: str, retry_after_s: int
) -> Callable[[Answer, FaultContext], Answer]:
    """Return a fault that sends an HTTP status with a date as Retry-After.

    The date follows the computer's calendar clock, whatever clock the event loop uses.

    Parameters
    ----------
    status : int
        HTTP status.
    reason : str
        The phrase on the page.
    retry_after_s : int
        How far ahead the date is, in seconds.
    """

    def page(answer: Answer, context: FaultContext) -> Answer:
        moment = email.utils.formatdate(time.time() + retry_after_s, usegmt=True)
        return _page(status, reason, {"Retry-After": moment})

    return page


def maintenance(answer: Answer, context: FaultContext) -> Answer:
    """Send an HTML page about maintenance, with status 200."""
    return text_answer(200, _MAINTENANCE_PAGE, "html")


def missing(answer: Answer, context: FaultContext) -> Answer:
    """Report that the file does not exist."""
    return not_found()


def head_refused(answer: Answer, context: FaultContext) -> Answer:
    """Refuse the method HEAD, as some file servers do."""
    return text_answer(405, "method not allowed\n", headers={"Allow": "GET"})


def _page(status: int, reason: str, headers: Mapping[str, str]) -> Answer:
    page = f"<html><head><title>{status} {reason}</title></head><body>{reason}</body></html>\n"
    return text_answer(status, page, "html", headers)
