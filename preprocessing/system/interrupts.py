"""Ctrl-C that is not lost, wherever it arrives."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["remembered_interrupts"]


@contextmanager
def remembered_interrupts() -> Iterator[Callable[[], None]]:
    """Give the block a function that raises `KeyboardInterrupt` if Ctrl-C came and was lost.

    Python raises it wherever the program is. In what runs while an object is removed, and in some
    libraries, an error is dropped, and then Ctrl-C has no effect: matplotlib's weak references are
    such a place. Work of several parts therefore calls the function between two of them. Where a
    library dropped it half-way through its own import, another error follows, which counts as this.

    In a thread, and where Ctrl-C is ignored or has another handler, nothing changes.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C came, as ever.
    """
    was_asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal was_asked
        was_asked = True
        signal.default_int_handler(number, frame)

    def check() -> None:
        if was_asked:
            raise KeyboardInterrupt

    is_ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not is_ours:
        yield check
        return
    signal.signal(signal.SIGINT, ask)
    try:
        yield check
    except Exception as error:
        if was_asked:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
