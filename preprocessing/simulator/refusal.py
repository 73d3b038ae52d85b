"""The answer to requests beyond the server's capacity."""

from __future__ import annotations

from dataclasses import dataclass

from preprocessing.core.errors import UsageError
from preprocessing.simulator.answers import Answer, text_answer

__all__ = ["Refusal", "parse_refusal"]

_PHRASES = {429: "Too Many Requests", 503: "Service Unavailable"}


@dataclass(frozen=True)
class Refusal:
    """The answer to a request beyond the server's capacity.

    Parameters
    ----------
    status : {429, 503}
        HTTP status.
    retry_after_s : int or None
        Value of Retry-After in seconds; None sends no such header.

    Raises
    ------
    UsageError
        The status is another.
    """

    status: int = 503
    retry_after_s: int | None = None

    def __post_init__(self) -> None:
        if self.status not in _PHRASES:
            raise UsageError(f"refusal {self.status}: requests are refused with 429 or 503")

    def answer(self) -> Answer:
        """Return the HTTP answer."""
        after = self.retry_after_s
        headers = {} if after is None else {"Retry-After": str(after)}
        return text_answer(self.status, f"{_PHRASES[self.status]}\n", headers=headers)


def parse_refusal(text: str) -> Refusal:
    """Read ``STATUS`` or ``STATUS:SECONDS``.

    Parameters
    ----------
    text : str
        The option's value.

    Examples
    --------
    >>> parse_refusal("429:5")
    Refusal(status=429, retry_after_s=5)

    Raises
    ------
    UsageError
        The text has another form.
    """
    status, colon, seconds = text.partition(":")
    if not status.isdecimal() or (colon and not seconds.isdecimal()):
        raise UsageError(f"refusal {text!r} is neither STATUS nor STATUS:SECONDS")
    return Refusal(int(status), int(seconds) if colon else None)
