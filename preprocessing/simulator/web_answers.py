"""Answers of archive.stsci.edu: an HTML index of each folder, and files."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from preprocessing.simulator.answers import Answer, text_answer
from preprocessing.simulator.downloads import file_answer, not_found
from preprocessing.simulator.holdings import Holdings
from preprocessing.simulator.tree_paths import TreePaths

__all__ = ["WEB_PATHS", "web_answer"]

#: The top folders of the tree.
WEB_PATHS = ("/missions/", "/hlsps/")


def web_answer(holdings: Holdings, paths: TreePaths, path: str, range_header: str | None) -> Answer:
    """Return a file, or the index of a folder; 404 if the path is neither.

    Parameters
    ----------
    holdings : Holdings
        The files.
    paths : TreePaths
        Their paths in the tree.
    path : str
        Path from the top of the tree.
    range_header : str or None
        Value of the request's header ``Range``.
    """
    product = paths.product(path)
    if product is not None:
        return file_answer(holdings, product, range_header)
    folder = f"{path.rstrip('/')}/"
    names = _names(paths.below(folder), folder)
    return text_answer(200, _index(folder, names), "html") if names else not_found()


def _names(paths: Iterable[str], folder: str) -> list[str]:
    below = (path[len(folder) :].partition("/") for path in paths)
    return list(dict.fromkeys(head + slash for head, slash, _ in below))


def _index(folder: str, names: Iterable[str]) -> str:
    parent = f"/{folder.rstrip('/').rpartition('/')[0]}/"
    links = [f'<li><a href="{escape(parent)}"> Parent Directory</a></li>']
    links += (f'<li><a href="{escape(n)}"> {escape(n)}</a></li>' for n in names)
    title = f"Index of /{escape(folder.rstrip('/'))}"
    head = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>\n<ul>"
    return head + "\n".join(links) + "</ul></body></html>\n"
