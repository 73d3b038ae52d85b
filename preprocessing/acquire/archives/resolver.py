"""Turn names of objects into positions, with MAST's resolver."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.network.http_client import HttpClient
from preprocessing.network.transfer import Transfer
from preprocessing.system.printable import printable

__all__ = ["MAST_RESOLVER_URL", "Resolver", "separation_arcsec"]

#: The address that astroquery uses; the host answers plain HTTP.
MAST_RESOLVER_URL = "http://mastresolver.stsci.edu"

#: Names per request: astroquery sends as many.
_NAMES_A_REQUEST = 30
#: Maximum length of an error message about an unreadable answer.
_LONGEST_MESSAGE = 300


class Resolver:
    """Client of the name resolver at `base_url`.

    Parameters
    ----------
    http : HttpClient
        Open client that makes the requests.
    base_url : str
        Scheme and host of the resolver.
    """

    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._http = http
        self._url = f"{base_url}/Santa-war/query"

    async def resolve(
        self, names: Sequence[str], transfer: Transfer
    ) -> dict[str, tuple[float, float]]:
        """Return right ascension and declination, in degrees, of the names it knows.

        Raises
        ------
        ArchiveError
            The resolver cannot be reached, or its answer cannot be read.
        """
        positions: dict[str, tuple[float, float]] = {}
        for start in range(0, len(names), _NAMES_A_REQUEST):
            some = names[start : start + _NAMES_A_REQUEST]
            positions.update(await self._resolve_some(some, transfer))
        return positions

    async def _resolve_some(
        self, names: Sequence[str], transfer: Transfer
    ) -> dict[str, tuple[float, float]]:
        spellings = {name: name.replace("_", " ").lower() for name in names}
        params = [("outputFormat", "json"), ("resolveAll", "False")]
        params += [("name", spelling) for spelling in dict.fromkeys(spellings.values())]
        answer = await self._http.get_json(self._url, params, transfer)
        try:
            known = _positions(answer)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            what = printable(repr(error), _LONGEST_MESSAGE)
            raise ArchiveAnswerError(f"{self._url}: cannot read the answer: {what}") from error
        return {name: known[spelling] for name, spelling in spellings.items() if spelling in known}


def _positions(answer: Any) -> dict[str, tuple[float, float]]:
    """Return the first position of each name in an answer, by the name in lower case."""
    known: dict[str, tuple[float, float]] = {}
    for entry in answer["resolvedCoordinate"]:
        ra, dec = float(entry["ra"]), float(entry["decl"])
        # False for NaN and infinity, too.
        if not (0 <= ra <= 360 and -90 <= dec <= 90):
            raise ValueError(f"position {ra}, {dec}")
        name = entry["searchString"]
        if not isinstance(name, str):
            raise TypeError(f"a name that is a {type(name).__name__}")
        known.setdefault(name.lower(), (ra, dec))
    return known


def separation_arcsec(ra1: float, dec1: float, ra2: float, dec2: float) -> float:
    """Return the angle between two positions.

    Parameters
    ----------
    ra1, dec1, ra2, dec2 : float
        Right ascensions and declinations of the two, in degrees.

    Returns
    -------
    float
        The angle in arcseconds, by the haversine formula, which is accurate for small angles.

    Examples
    --------
    >>> round(separation_arcsec(10.0, 0.0, 10.0, 1.0), 6)
    3600.0
    """
    phi1, phi2 = math.radians(dec1), math.radians(dec2)
    half_dra = math.radians(ra2 - ra1) / 2
    half_ddec = (phi2 - phi1) / 2
    h = math.sin(half_ddec) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_dra) ** 2
    return math.degrees(2 * math.asin(min(1.0, math.sqrt(h)))) * 3600.0
