"""A client's request, as the fault plan and the log see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Call", "CallKind"]


class CallKind(Enum):
    """The service that a request addresses."""

    PORTAL = "portal"
    COLUMNS_CONFIG = "columnsconfig"
    RESOLVER = "resolver"
    TAP = "tap"
    DOWNLOAD = "download"
    HEAD = "head"
    #: The content of a folder, in the bucket or on archive.stsci.edu.
    LISTING = "listing"
    OTHER = "other"
    #: A client that connects, before its first request.
    CONNECTION = "connection"


@dataclass(frozen=True)
class Call:
    """One request, as the fault plan and the log see it.

    Parameters
    ----------
    kind : CallKind
        The service that it addresses.
    subject : str
        What it is about: the portal service, the file's name, the folder, or the names to
        resolve.
    content : str
        The question; equal in two calls that ask for the same thing.
    target : str
        Path and query, as in the request's first line.
    moved : bool
        Whether the client was redirected here by this server.
    """

    kind: CallKind
    subject: str
    content: str
    target: str = ""
    moved: bool = False
