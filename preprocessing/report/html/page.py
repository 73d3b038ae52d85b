"""The page: head, table of contents and sections in one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from preprocessing._version import __version__
from preprocessing.report.html.drawing.blocks import Section
from preprocessing.report.html.drawing.markup import Markup, element

__all__ = ["is_report", "page"]

#: How every report begins, by which it is known from files of others.
_BEGINNING = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="generator" content="XENOSCAN'
)


def page(title: str, head: Markup, sections: Sequence[Section]) -> bytes:
    """Return a page.

    Parameters
    ----------
    title : str
        What it is about.
    head : Markup
        Its head.
    sections : sequence of Section
        Its sections.
    """
    style = (files("preprocessing.report.html") / "page.css").read_text(encoding="utf-8")
    contents = element(
        "nav",
        element(
            "ul",
            [element("li", element("a", one.title, href=f"#{one.anchor}")) for one in sections],
        ),
        aria_label="Contents",
    )
    shown = [
        element(
            "section",
            element("h2", one.title, id=f"{one.anchor}-title"),
            one.body,
            id=one.anchor,
            aria_labelledby=f"{one.anchor}-title",
        )
        for one in sections
    ]
    body = element(
        "body",
        element("a", "Skip to the content", href="#content", class_="skip"),
        head,
        element("main", contents, shown, id="content"),
        element(
            "footer",
            f"Made by XENOSCAN {__version__}. To make it again: xenoscan report DATASET.",
        ),
    )
    rest = (
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        # Nothing of the page may ask anything of anybody, whatever a name in it says.
        element(
            "meta",
            http_equiv="Content-Security-Policy",
            content="default-src 'none'; img-src data:; style-src 'unsafe-inline'",
        ),
        element("title", f"{title} - XENOSCAN report"),
        Markup(f"<style>{style}</style>"),
    )
    start = f'{_BEGINNING} {__version__}">'
    return f"{start}{''.join(rest)}</head>{body}</html>\n".encode()


def is_report(head: bytes) -> bool:
    """Tell whether a file that begins like this is a report.

    Parameters
    ----------
    head : bytes
        How it begins.

    Examples
    --------
    >>> is_report(page("m-dwarfs", Markup(""), ())), is_report(b"<!DOCTYPE html>")
    (True, False)
    """
    return head.startswith(_BEGINNING.encode())
