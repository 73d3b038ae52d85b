"""Carry what a unit of work logs to the process that handed it out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

__all__ = ["CarriedMessage", "carried_log", "replay"]

_ROOT = "preprocessing"


@dataclass(frozen=True)
class CarriedMessage:
    """One message of the log.

    Parameters
    ----------
    name, level, text, arguments
        As in `logging.LogRecord`, with numbers and texts as arguments.
    every_time : bool
        Whether the terminal must repeat it: see `EVERY_TIME`.
    created : float
        When it was logged, in seconds since 1970.
    """

    name: str
    level: int
    text: str
    arguments: tuple[Any, ...]
    every_time: bool
    created: float


class _Collector(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.messages: list[CarriedMessage] = []

    def emit(self, record: logging.LogRecord) -> None:
        given = record.args if isinstance(record.args, tuple) else ()
        # Whatever else is shown as text, and need not be known where it is shown.
        arguments = tuple(a if isinstance(a, (int, float, str)) else str(a) for a in given)
        every_time = getattr(record, "every_time", False)
        self.messages.append(
            CarriedMessage(
                record.name, record.levelno, str(record.msg), arguments, every_time, record.created
            )
        )


@contextmanager
def carried_log() -> Iterator[list[CarriedMessage]]:
    """Collect what this package logs while the block runs, and show it nowhere."""
    logger, collector = logging.getLogger(_ROOT), _Collector()
    level, propagate, handlers = logger.level, logger.propagate, logger.handlers
    logger.handlers = [collector]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield collector.messages
    finally:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def replay(messages: Iterable[CarriedMessage]) -> None:
    """Log what was logged elsewhere.

    Parameters
    ----------
    messages : iterable of CarriedMessage
        The messages, in their order.
    """
    for message in messages:
        record = logging.makeLogRecord(
            {
                "name": message.name,
                "levelno": message.level,
                "levelname": logging.getLevelName(message.level),
                "msg": message.text,
                "args": message.arguments,
                "created": message.created,
                "every_time": message.every_time,
            }
        )
        logger = logging.getLogger(message.name)
        if logger.isEnabledFor(message.level):
            logger.handle(record)
