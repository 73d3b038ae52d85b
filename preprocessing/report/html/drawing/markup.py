"""Elements of a page: the one place where text becomes HTML, and is made harmless."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TypeAlias

from preprocessing.system.printable import printable

__all__ = ["Child", "Markup", "element", "joined", "text"]

#: Characters of a text that are shown; command lines with lists of stars may be longer.
_LONGEST = 4000
#: Elements that have no end, and no content.
_EMPTY = frozenset({"br", "hr", "img", "meta"})


class Markup(str):
    """HTML that was made by `element`, and whose texts are harmless therefore."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child] | None"


def text(content: str) -> Markup:
    r"""Return a text as a page shows it, literally.

    Parameters
    ----------
    content : str
        Any text: a star's name, a note, a file's name. What would not be seen, such as marks that
        change the direction of writing, is spelled out.

    Examples
    --------
    >>> print(text("<b>KIC 1</b> & \u202eothers"))
    &lt;b&gt;KIC 1&lt;/b&gt; &amp; \u202eothers
    """
    return Markup(html.escape(printable(content, _LONGEST)))


def element(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """Return an element.

    Parameters
    ----------
    name : str
        Its name.
    *children : str, Markup, iterable of them, or None
        Its content. Plain strings are escaped.
    **attributes : str, float, bool or None
        Its attributes. Underscores become hyphens, and one at the end is left out. None and False
        leave the attribute out, and True gives it no value.

    Examples
    --------
    >>> print(element("p", "1 < 2", class_="note", hidden=True))
    <p class="note" hidden>1 &lt; 2</p>
    """
    opened = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY:
        return Markup(f"<{name}{opened}>")
    return Markup(f"<{name}{opened}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Markup:
    """Return parts of a page after each other.

    Parameters
    ----------
    *children : str, Markup, iterable of them, or None
        The parts. Plain strings are escaped.
    """
    return Markup("".join(_content(child) for child in children))


def _content(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return text(child)
    return joined(*child)


def _attribute(key: str, value: str | float | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    if isinstance(value, float):
        value = f"{value:.7g}"
    # Pictures and paths are longer than any text, and made here.
    shown = printable(str(value), max(_LONGEST, len(str(value))))
    return f' {name}="{html.escape(shown)}"'
