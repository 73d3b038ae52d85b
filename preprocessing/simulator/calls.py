"""What a client asked of the archive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Call", "CallKind"]


class CallKind(Enum):
    """The services of the archive."""

    PORTAL = "portal"
    COLUMNS_CONFIG = "columnsconfig"
    RESOLVER = "resolver"
    TAP = "tap"
    DOWNLOAD = "download"
    HEAD = "head"
    #: A folder's content, of the bucket or of archive.stsci.edu.
    LISTING = "listing"
    OTHER = "other"
    #: No request yet: a client that connects.
    CONNECTION = "connection"


@dataclass(frozen=True)
class Call:
    """One request, as faults and the log see it.

    Parameters
    ----------
    kind : CallKind
    subject : str
        What it is about: the portal's service, the file's name, the folder, the names to resolve.
    content : str
        Equal in two calls that ask for the same.
    target : str
        Path and query, as in the request's first line.
    moved : bool
        Whether the client came by way of a redirect of this server's.
    """

    kind: CallKind
    subject: str
    content: str
    target: str = ""
    moved: bool = False
