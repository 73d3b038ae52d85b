"""The name resolver: positions of the archive's stars by name."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from preprocessing.missions.targets import star_key
from preprocessing.simulator.holdings import Holdings

__all__ = ["ResolverService"]

_CATALOG_NAME = re.compile(r"(kic|kplr|epic|ktwo|tic|tess)[\s_-]*(\d{1,16})", re.ASCII)
_CATALOGS = {
    "kic": "KIC",
    "kplr": "KIC",
    "epic": "EPIC",
    "ktwo": "EPIC",
    "tic": "TIC",
    "tess": "TIC",
}
#: The sources that MAST's resolver reports for catalog numbers and, below, for names.
_RESOLVERS = {"KIC": "KEPLER", "EPIC": "K2", "TIC": "TIC"}
_NAMES = "SIMBAD"


class ResolverService:
    """Answer ``/Santa-war/query`` from the archive's holdings.

    Parameters
    ----------
    holdings : Holdings
        The stars that can be resolved.

    Notes
    -----
    Several threads may call it at the same time.
    """

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._lock = threading.Lock()

    def resolve(self, names: Iterable[str]) -> dict[str, Any]:
        """Look up names.

        Parameters
        ----------
        names : iterable of str
            ``KIC n``, ``EPIC n``, ``TIC n``, also spelled ``kplrn``, ``ktwon``, ``tessn``, or
            a star's name. Case and the number of blanks do not matter.

        Returns
        -------
        dict
            ``resolvedCoordinate`` lists an object for each known name, in order.
        """
        found = (self._entry(name) for name in names)
        return {"resolvedCoordinate": [entry for entry in found if entry], "status": ""}

    def _entry(self, name: str) -> dict[str, Any] | None:
        match = _CATALOG_NAME.fullmatch(_plain(name))
        if match is None:
            return self._entry_of(name, self._key_of_name(_plain(name)), _NAMES, name)
        catalog, number = _CATALOGS[match[1]], int(match[2])
        key = star_key(catalog, number)
        return self._entry_of(name, key, _RESOLVERS[catalog], f"{catalog} {number}")

    def _entry_of(
        self, name: str, key: int | None, resolver: str, canonical: str
    ) -> dict[str, Any] | None:
        if key is None:
            return None
        try:
            star = self._holdings.star(key)
        except KeyError:
            return None
        if math.isnan(star.ra_deg) or math.isnan(star.dec_deg):
            return None
        return {
            # astroquery compares this with the name it sent, in lower case.
            "searchString": name.lower(),
            "resolver": resolver,
            "cached": False,
            "canonicalName": canonical,
            "ra": star.ra_deg,
            "decl": star.dec_deg,
        }

    def _key_of_name(self, name: str) -> int | None:
        with self._lock:
            return self._keys.get(name)

    @cached_property
    def _keys(self) -> dict[str, int]:
        holdings = self._holdings
        return {_plain(name): k for k in holdings.star_keys() for name in holdings.star(k).names}


def _plain(name: str) -> str:
    return " ".join(name.lower().split())
