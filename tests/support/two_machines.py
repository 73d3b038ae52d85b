"""Two machines on one: each in a network of its own, with a wire between them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["HERE", "THERE", "can_be_had", "cut", "other_machine"]

#: Addresses of this machine and of the other, from a block for documentation (RFC 5737), so that
#: they are nobody's.
HERE, THERE = "198.51.100.1", "198.51.100.2"
_NAME, _WIRE = "xenoscan-other", ("xenoscan-a", "xenoscan-b")


def can_be_had() -> bool:
    """Tell whether this process may make networks."""
    try:
        return os.geteuid() == 0 and _ip("netns", "list", check=False) == 0
    except FileNotFoundError:
        return False


@contextmanager
def other_machine() -> Iterator[tuple[str, ...]]:
    """Make another machine; yield the words that run a command there."""
    _remove()
    _ip("netns", "add", _NAME)
    try:
        _ip("link", "add", _WIRE[0], "type", "veth", "peer", "name", _WIRE[1], "netns", _NAME)
        _ip("addr", "add", f"{HERE}/30", "dev", _WIRE[0])
        _ip("link", "set", _WIRE[0], "up")
        _ip("-n", _NAME, "addr", "add", f"{THERE}/30", "dev", _WIRE[1])
        _ip("-n", _NAME, "link", "set", _WIRE[1], "up")
        _ip("-n", _NAME, "link", "set", "lo", "up")
        yield ("ip", "netns", "exec", _NAME)
    finally:
        _remove()


def cut() -> None:
    """Cut the wire between the machines, at the other end: an address here stays."""
    _ip("-n", _NAME, "link", "set", _WIRE[1], "down")


def _remove() -> None:
    _ip("link", "del", _WIRE[0], check=False)
    _ip("netns", "del", _NAME, check=False)


def _ip(*words: str, check: bool = True) -> int:
    quiet = subprocess.DEVNULL
    return subprocess.run(["ip", *words], check=check, stdout=quiet, stderr=quiet).returncode
