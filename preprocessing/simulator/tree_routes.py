"""The archive as a tree of folders: which requests address it, and their answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter

from aiohttp import web

from preprocessing.simulator.answers import Answer
from preprocessing.simulator.bucket_answers import BUCKET_PATH, list_answer, object_answer
from preprocessing.simulator.calls import Call, CallKind
from preprocessing.simulator.holdings import Holdings
from preprocessing.simulator.tree_paths import TreePaths
from preprocessing.simulator.web_answers import WEB_PATHS, web_answer

__all__ = ["TreeRoutes"]


class TreeRoutes:
    """The public bucket (path style) and the folders of archive.stsci.edu.

    Parameters
    ----------
    holdings : Holdings
        The files in both trees.
    """

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._bucket = TreePaths(holdings, attrgetter("bucket_root"))
        self._web = TreePaths(holdings, attrgetter("web_root"))

    def find(self, request: web.BaseRequest, path: str) -> tuple[Call, Callable[[], Answer]] | None:
        """Return what a GET of a path asks for and the function that answers it.

        Parameters
        ----------
        request : aiohttp.web.BaseRequest
            The request: its method, query and header ``Range`` count.
        path : str
            Its path, without the prefix of a redirect.

        Returns
        -------
        (Call, callable) or None
            None if the request does not address a tree.
        """
        if request.method != "GET":
            return None
        wanted = request.headers.get("Range")
        if path == BUCKET_PATH:
            call = Call(CallKind.LISTING, request.query.get("prefix", ""), request.query_string)
            return call, partial(list_answer, self._bucket, dict(request.query))
        if path.startswith(f"{BUCKET_PATH}/"):
            key = path[len(BUCKET_PATH) + 1 :]
            answer = partial(object_answer, self._holdings, self._bucket, key, wanted)
            return _file_call(key), answer
        if f"{path}/".startswith(WEB_PATHS):
            folder = path[1:]
            is_file = self._web.product(folder) is not None
            call = _file_call(folder) if is_file else Call(CallKind.LISTING, folder, folder)
            return call, partial(web_answer, self._holdings, self._web, folder, wanted)
        return None


def _file_call(path: str) -> Call:
    name = path.rpartition("/")[2]
    return Call(CallKind.DOWNLOAD, name, name)
