"""The name resolver: positions of the stars that an archive holds, by name."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from preprocessing.embedded.holdings import Holdings

__all__ = ["Resolver"]

_CATALOG_NAME = re.compile(r"(?:kic|kplr)[\s_-]*(\d{1,12})", re.ASCII)
#: What MAST's resolver calls the Kepler Input Catalog, and what knows stars by name.
_CATALOG, _NAMES = "KEPLER", "SIMBAD"


class Resolver:
    """Answers ``/Santa-war/query`` from an archive's holdings.

    Parameters
    ----------
    holdings : Holdings

    Notes
    -----
    Safe to call from several threads at once.
    """

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._lock = threading.Lock()

    def resolve(self, names: Iterable[str]) -> dict[str, Any]:
        """Look names up.

        Parameters
        ----------
        names : iterable of str
            ``KIC n``, ``kplrn``, or a name of a held star; case and the number of
            blanks do not matter.

        Returns
        -------
        dict
            ``resolvedCoordinate`` with an object for each name that is known, in order.
        """
        found = (self._entry(name) for name in names)
        return {"resolvedCoordinate": [entry for entry in found if entry], "status": ""}

    def _entry(self, name: str) -> dict[str, Any] | None:
        catalog_match = _CATALOG_NAME.fullmatch(_plain(name))
        kic = int(catalog_match[1]) if catalog_match else self._kic_of_name(_plain(name))
        if kic is None:
            return None
        try:
            star = self._holdings.star(kic)
        except KeyError:
            return None
        if math.isnan(star.ra_deg) or math.isnan(star.dec_deg):
            return None
        return {
            # astroquery compares it with the name it sent, in lower case.
            "searchString": name.lower(),
            "resolver": _CATALOG if catalog_match else _NAMES,
            "cached": False,
            "canonicalName": f"KIC {kic}" if catalog_match else name,
            "ra": star.ra_deg,
            "decl": star.dec_deg,
        }

    def _kic_of_name(self, name: str) -> int | None:
        with self._lock:
            return self._kics.get(name)

    @cached_property
    def _kics(self) -> dict[str, int]:
        holdings = self._holdings
        return {_plain(name): k for k in holdings.star_keys() for name in holdings.star(k).names}


def _plain(name: str) -> str:
    return " ".join(name.lower().split())
