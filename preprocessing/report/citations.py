"""What a report cites, for BibTeX: this program, its libraries, and the data by their DOI."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files

from preprocessing.missions import MISSIONS, Author

__all__ = ["data_key", "known_authors", "own_entry", "own_references", "references"]

_DATA = """@misc{{{key},
  author = {{{{STScI}}}},
  title = {{Light curves of {name}}},
  howpublished = {{Mikulski Archive for Space Telescopes}},
  doi = {{{doi}}},
}}
"""


def references(authors: Sequence[Author]) -> str:
    """Return the entries of what the text of a paper cites.

    Parameters
    ----------
    authors : sequence of Author
        Those of the light curves.
    """
    return own_references() + _of_data(authors)


def own_entry(authors: Sequence[Author]) -> str:
    """Return the entries of this program and of the data.

    Parameters
    ----------
    authors : sequence of Author
        Those of the light curves.
    """
    first, _, _ = own_references().partition("\n@")
    return f"{first}\n{_of_data(authors)}"


def own_references() -> str:
    """Return the entries that every report may cite; the first is of this program."""
    return (files("preprocessing.report") / "references.bib").read_text(encoding="utf-8")


def data_key(author: Author) -> str:
    """Return the key of the entry of an author's data.

    Parameters
    ----------
    author : Author
        Who made the light curves.
    """
    return f"data-{author.name.lower()}"


def known_authors(pairs: Iterable[tuple[object, object]]) -> list[Author]:
    """Return the authors of light curves, as far as this program knows them.

    Parameters
    ----------
    pairs : iterable of (str, str)
        Mission and author of each.
    """
    known = (
        MISSIONS[str(mission)].author_named.get(str(author).lower())
        for mission, author in set(pairs)
        if mission in MISSIONS
    )
    return sorted((one for one in known if one is not None), key=lambda one: one.name)


def _of_data(authors: Sequence[Author]) -> str:
    found = (_DATA.format(key=data_key(a), name=a.name, doi=a.doi) for a in authors if a.doi)
    return "".join(found)
