"""Say in our own errors what went wrong with a request, and which proxy it went through."""

from __future__ import annotations

import os

import aiohttp

from preprocessing.core.errors import ArchiveBusy, ArchiveError
from preprocessing.network.proxies import Proxy
from preprocessing.system.open_files import is_out_of_files

__all__ = ["refused_by_proxy", "through", "translated"]


def translated(error: aiohttp.ClientError | OSError, url: str, proxy: Proxy | None) -> ArchiveError:
    """Return our error for one of aiohttp or of the system.

    Parameters
    ----------
    error : aiohttp.ClientError or OSError
        Why there is no answer.
    url : str
        What was requested.
    proxy : Proxy or None
        What the request went through.
    """
    if isinstance(error, OSError) and is_out_of_files(error):
        # Fewer requests at once are the cure for that, too.
        return ArchiveBusy(f"{url}: this machine allows no more open files: {error}")
    if isinstance(error, aiohttp.ClientHttpProxyError) and proxy is not None:
        return refused_by_proxy(proxy, url, error.status, error.message)
    if isinstance(error, aiohttp.ClientConnectorError):
        if proxy is not None and error.host == proxy.address.host:
            return ArchiveError(f"cannot connect to {proxy}: {_cause(error)}")
        where = f"{error.host}:{error.port}"
        return ArchiveError(f"cannot connect to {where}: {_cause(error)}{through(proxy)}")
    return ArchiveError(f"{url}: {str(error) or type(error).__name__}{through(proxy)}")


def _cause(error: aiohttp.ClientConnectorError) -> str:
    """Return the system's own words, without the address that aiohttp and asyncio repeat."""
    if isinstance(error, aiohttp.ClientSSLError):
        return str(error)
    cause = error.os_error
    if cause.errno is None or cause.errno < 0:
        # Of names that cannot be resolved, and of several addresses of which none answers.
        return cause.strerror or str(cause)
    return os.strerror(cause.errno)


def refused_by_proxy(proxy: Proxy, url: str, status: int, reason: str | None) -> ArchiveError:
    """Return the error for a request that a proxy did not let through.

    Parameters
    ----------
    proxy : Proxy
        What refused.
    url : str
        What was requested.
    status : int
        The HTTP status of the refusal.
    reason : str or None
        What the proxy said.
    """
    said = f"{url}: refused by {proxy}: HTTP status {status} {(reason or '')[:80]}"
    return ArchiveError(said.rstrip())


def through(proxy: Proxy | None) -> str:
    """Return the end of a message about a request: which proxy it went through, if any."""
    return "" if proxy is None else f" (through {proxy})"
