"""The name resolver: positions of the archive's stars by name."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from preprocessing.missions import Mission
from preprocessing.missions.registry import derived
from preprocessing.missions.targets import star_key
from preprocessing.simulator.holdings import Holdings

__all__ = ["ResolverService"]

#: The source that MAST's resolver reports for names of stars.
_NAMES = "SIMBAD"


@derived
def _numbered(missions: tuple[Mission, ...]) -> tuple[re.Pattern[str], dict[str, Mission]]:
    """Return the form of a name with a number, and the mission by what stands before it."""
    by_prefix = {prefix: mission for mission in missions for prefix in mission.name_prefixes}
    prefixes = "|".join(map(re.escape, by_prefix))
    return re.compile(rf"({prefixes})[\s_-]*(\d{{1,16}})", re.ASCII), by_prefix


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
            A number after one of `Mission.name_prefixes`, as in ``KIC n`` or ``kplrn``, or a
            star's name. Case and the number of blanks do not matter.

        Returns
        -------
        dict
            ``resolvedCoordinate`` lists an object for each known name, in order.
        """
        found = (self._entry(name) for name in names)
        return {"resolvedCoordinate": [entry for entry in found if entry], "status": ""}

    def _entry(self, name: str) -> dict[str, Any] | None:
        form, by_prefix = _numbered()
        match = form.fullmatch(_plain(name))
        if match is None:
            return self._entry_of(name, self._key_of_name(_plain(name)), _NAMES, name)
        mission, number = by_prefix[match[1]], int(match[2])
        key = star_key(mission.catalog, number)
        return self._entry_of(name, key, mission.resolver_name, f"{mission.catalog} {number}")

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
