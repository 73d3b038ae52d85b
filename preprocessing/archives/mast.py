"""MAST, or any server that speaks its API: search by number or name, and files."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from preprocessing.archives.base import SearchAnswer, StarFiles
from preprocessing.archives.portal import Portal, Row
from preprocessing.archives.resolver import Resolver, separation_arcsec
from preprocessing.archives.search_cache import SearchCache
from preprocessing.exceptions import ArchiveAnswerError, TargetError
from preprocessing.http_client import HttpClient
from preprocessing.products import (
    Product,
    expected_products,
    parse_file_name,
    parse_observation_id,
)
from preprocessing.reasons import Reason
from preprocessing.targets import Target
from preprocessing.transfer import Transfer

__all__ = ["MAST_URL", "MastArchive"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

MAST_URL = "https://mast.stsci.edu"

#: How far a star may stand from the resolved position of its name: one pixel of Kepler.
_RADIUS_ARCSEC = 4.0
#: Observation ids a product query: astroquery batches as many "to avoid timeouts"
#: (https://github.com/astropy/astroquery/pull/3454).
_OBSERVATIONS_A_QUERY = 500
#: First digits of the names of the mission's targets, so that no answer comes near the
#: portal's limit of some 500,000 rows. KIC numbers end at 13161029.
_NAME_PREFIXES = (
    *(f"kplr{million:03d}" for million in range(14)),
    *(f"kplr{digit}" for digit in range(1, 10)),
)
#: Observations of one star: it has one of each cadence.
_MOST_OBSERVATIONS = 20
#: Stars that a message names.
_MOST_NAMED = 5
_LONGEST_OBSID = 20
_OBSERVATION_COLUMNS = ("obsid", "obs_id", "target_name")
_POSITION_COLUMNS = (*_OBSERVATION_COLUMNS, "s_ra", "s_dec")
_FILTERS: tuple[dict[str, Any], ...] = (
    {"paramName": "project", "values": ["Kepler"], "separator": ";"},
    {"paramName": "dataproduct_type", "values": ["cube", "timeseries"]},
    {"paramName": "provenance_name", "values": ["Kepler"], "separator": ";"},
)


class MastArchive:
    """The archive at `base_url`.

    Parameters
    ----------
    http : HttpClient
    base_url : str
        Scheme and host of the portal and of the files.
    resolver : Resolver
        Turns names into positions.
    identity : str
        What records call the archive.
    cache : SearchCache or None
        Where search answers are kept.
    polite_requests : int or None
        Most requests in flight.
    portal : Portal, optional
        Client of its portal, if not the usual one.
    asks_anew : bool
        Whether stars are searched for whatever the cache has, which keeps the answers.

    Attributes
    ----------
    base_url : str
    portal : Portal
        As given, or the usual one.
    """

    may_be_down = True

    def __init__(
        self,
        http: HttpClient,
        base_url: str,
        resolver: Resolver,
        *,
        identity: str,
        cache: SearchCache | None = None,
        polite_requests: int | None = None,
        portal: Portal | None = None,
        asks_anew: bool = False,
    ) -> None:
        self.identity = identity
        self.polite_requests = polite_requests
        self._http = http
        self.base_url = base_url
        self.portal = portal or Portal(http, base_url)
        self._download_url = f"{base_url}/api/v0.1/Download/file"
        self._resolver = resolver
        self._cache = cache
        self._asks_anew = asks_anew

    @property
    def has_answered(self) -> bool:
        """Whether any request was ever answered: see `Archive`."""
        return self._http.has_answered

    async def search(
        self, targets: Sequence[Target], cadence: str, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        """Find the files of several targets: see `Archive.search`."""
        answers: dict[str, SearchAnswer] = {}
        if self._cache is not None and not self._asks_anew:
            keys = [target.key for target in targets]
            answers.update(await asyncio.to_thread(self._cache.stars, cadence, keys))
        unknown = [target for target in targets if target.key not in answers]
        found = await self._search_by_number(unknown, cadence, transfer)
        found.update(await self._search_by_name(unknown, cadence, transfer))
        if self._cache is not None:
            stars = {key: star for key, star in found.items() if isinstance(star, StarFiles)}
            await asyncio.to_thread(self._cache.store_stars, cadence, stars)
        answers.update(found)
        return answers

    async def listed_names(self, kic: int, cadence: str, transfer: Transfer) -> frozenset[str]:
        """Return the file names in the product list: see `Archive.listed_names`."""
        observations = await self._observations([kic], transfer)
        products = await self._products(_of_cadence(observations, cadence), transfer)
        return frozenset(p.file_name for listed in products.values() for p in listed)

    async def holdings(self, count: int, cadence: str, transfer: Transfer) -> list[int]:
        """Return the first stars of the archive: see `Archive.holdings`."""
        kics: list[int] = []
        for prefix in _NAME_PREFIXES:
            kics += await self._holdings_of_prefix(prefix, cadence, transfer)
            if len(kics) >= count:
                break
        return kics[:count]

    async def fetch(self, product: Product, transfer: Transfer) -> bytes:
        """Return one file: see `Archive.fetch`."""
        return await self._http.get_file(self._download_url, {"uri": product.uri}, transfer)

    async def fetch_start(self, product: Product, size: int, transfer: Transfer) -> bytes:
        """Return the first bytes of one file: see `Archive.fetch_start`."""
        return await self._http.get_file(
            self._download_url, {"uri": product.uri}, transfer, first_bytes=size
        )

    async def _holdings_of_prefix(self, prefix: str, cadence: str, transfer: Transfer) -> list[int]:
        if self._cache is not None:
            known = await asyncio.to_thread(self._cache.holdings, cadence, prefix)
            if known is not None:
                return known
        name_filter = {"paramName": "target_name", "values": [], "freeText": f"{prefix}%"}
        params = {"columns": ",".join(_OBSERVATION_COLUMNS), "filters": [*_FILTERS, name_filter]}
        rows = await self.portal.query("Mast.Caom.Filtered", params, _OBSERVATION_COLUMNS, transfer)
        kics = await asyncio.to_thread(_kics_of, rows, cadence)
        if self._cache is not None and kics:
            await asyncio.to_thread(self._cache.store_holdings, cadence, prefix, kics)
        return kics

    async def _search_by_number(
        self, targets: Sequence[Target], cadence: str, transfer: Transfer
    ) -> dict[str, SearchAnswer]:
        numbered = [target for target in targets if target.kic is not None]
        if not numbered:
            return {}
        kics = [target.kic for target in numbered if target.kic is not None]
        rows = await self._observations(kics, transfer)
        # Stars that nobody asked for would have their product lists asked for, too.
        observations = await asyncio.to_thread(_by_kic, rows, frozenset(kics))
        stars = await self._stars(observations, cadence, transfer)
        return {t.key: stars.get(t.kic or 0, _no_data(t.name)) for t in numbered}

    async def _search_by_name(
        self, targets: Sequence[Target], cadence: str, transfer: Transfer
    ) -> dict[str, SearchAnswer]:
        named = [target for target in targets if target.kic is None]
        positions = await self._resolver.resolve([target.name for target in named], transfer)
        answers: dict[str, SearchAnswer] = {}
        for target in named:
            position = positions.get(target.name)
            if position is None:
                message = f"the archive's resolver knows no object named {target.name!r}"
                answers[target.key] = TargetError(Reason.UNKNOWN_NAME, message)
            else:
                answers[target.key] = await self._star_at(target, position, cadence, transfer)
        return answers

    async def _star_at(
        self, target: Target, position: tuple[float, float], cadence: str, transfer: Transfer
    ) -> SearchAnswer:
        ra, dec = position
        params = {
            "columns": "*",
            "filters": list(_FILTERS),
            "position": f"{ra}, {dec}, {_RADIUS_ARCSEC / 3600}",
        }
        rows = await self.portal.query(
            "Mast.Caom.Filtered.Position", params, _POSITION_COLUMNS, transfer
        )
        placed = [(_separation_arcsec(position, row), row) for row in rows]
        near = [(separation, row) for separation, row in placed if separation <= _RADIUS_ARCSEC]
        n_lost = sum(math.isnan(separation) for separation, _ in placed)
        if n_lost:
            _log.warning("%s: %d observations have no position: left out", target.name, n_lost)
        by_kic = _by_kic([row for _, row in near])
        if len(by_kic) > 1:
            stars = ", ".join(f"KIC {kic}" for kic in sorted(by_kic)[:_MOST_NAMED])
            message = f"{target.name}: {stars} all stand within {_RADIUS_ARCSEC:.0f} arcsec"
            return TargetError(Reason.AMBIGUOUS_NAME, message)
        if not by_kic:
            return _no_data(target.name)
        star = next(iter((await self._stars(by_kic, cadence, transfer)).values()))
        if isinstance(star, TargetError):
            return star
        separation = round(min(s for s, _ in near), 4)
        _log.info("%s is KIC %d, %.2f arcsec from its position", target.name, star.kic, separation)
        return StarFiles(star.kic, star.products, star.unlisted_quarters, separation)

    async def _observations(self, kics: Sequence[int], transfer: Transfer) -> list[Row]:
        names = [f"kplr{kic:09d}" for kic in kics]
        name_filter = {"paramName": "target_name", "values": names}
        params = {"columns": "*", "filters": [*_FILTERS, name_filter]}
        return await self.portal.query("Mast.Caom.Filtered", params, _OBSERVATION_COLUMNS, transfer)

    async def _stars(
        self, observations: Mapping[int, Sequence[Row]], cadence: str, transfer: Transfer
    ) -> dict[int, SearchAnswer]:
        """Turn observations into files, asking for product lists where ids do not tell."""
        wanted, unclear = await asyncio.to_thread(_wanted, observations, cadence)
        listed = await self._products(unclear, transfer)
        return await asyncio.to_thread(_files_by_star, wanted, cadence, listed)

    async def _products(
        self, observations: Sequence[Row], transfer: Transfer
    ) -> dict[str, list[Product]]:
        """Return the light-curve files that product lists name, by observation id."""
        products: dict[str, list[Product]] = defaultdict(list)
        for some in _batches(observations, _OBSERVATIONS_A_QUERY):
            params = {"obsid": ",".join(map(_obsid, some))}
            rows = await self.portal.query(
                "Mast.Caom.Products", params, ("obs_id", "productFilename"), transfer
            )
            for row in rows:
                product = parse_file_name(_text(row, "productFilename"))
                if product is not None:
                    products[_text(row, "obs_id")].append(product)
        return products


def _text(row: Row, column: str) -> str:
    """Return a cell that is to be a text; an empty one if it is something else."""
    value = row[column]
    return value if isinstance(value, str) else ""


def _obsid(row: Row) -> str:
    """Return the number by which the portal knows an observation."""
    text = str(row["obsid"]) if isinstance(row["obsid"], (int, str)) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_OBSID):
        raise ArchiveAnswerError(f"observation {_text(row, 'obs_id')} has no number")
    return text


def _by_kic(rows: Iterable[Row], wanted: Container[int] | None = None) -> dict[int, list[Row]]:
    """Sort observations by star, each once; those of other stars than wanted are left out."""
    by_kic: dict[int, dict[str, Row]] = defaultdict(dict)
    unknown = []
    for row in rows:
        obs_id = _text(row, "obs_id")
        parsed = parse_observation_id(obs_id)
        if parsed is None:
            unknown.append(obs_id)
        elif wanted is None or parsed[0] in wanted:
            by_kic[parsed[0]].setdefault(obs_id, row)
    if unknown:
        _log.warning(
            "observations are not of a known form and left out: %d, the first is %.80s",
            len(unknown),
            unknown[0],
        )
    crowded = next((kic for kic, named in by_kic.items() if len(named) > _MOST_OBSERVATIONS), None)
    if crowded is not None:
        raise ArchiveAnswerError(f"the answer has far too many observations of KIC {crowded}")
    return {kic: list(named.values()) for kic, named in by_kic.items()}


def _kics_of(rows: Iterable[Row], cadence: str) -> list[int]:
    parsed = (parse_observation_id(_text(row, "obs_id")) for row in rows)
    return sorted({p[0] for p in parsed if p is not None and p[1] == cadence})


def _wanted(
    observations: Mapping[int, Sequence[Row]], cadence: str
) -> tuple[dict[int, list[Row]], list[Row]]:
    """Return each star's observations of a cadence, and those whose ids name no files."""
    wanted = {kic: _of_cadence(rows, cadence) for kic, rows in observations.items()}
    unclear = [
        row
        for rows in wanted.values()
        for row in rows
        if expected_products(_text(row, "obs_id")) is None
    ]
    return wanted, unclear


def _files_by_star(
    wanted: Mapping[int, Sequence[Row]], cadence: str, listed: Mapping[str, Sequence[Product]]
) -> dict[int, SearchAnswer]:
    return {kic: _star_files(kic, rows, cadence, listed) for kic, rows in wanted.items()}


def _separation_arcsec(position: tuple[float, float], row: Row) -> float:
    """Return how far an observation's star stands from a position; NaN if untold."""
    try:
        return separation_arcsec(*position, float(row["s_ra"]), float(row["s_dec"]))
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _of_cadence(rows: Iterable[Row], cadence: str) -> list[Row]:
    parsed = ((row, parse_observation_id(_text(row, "obs_id"))) for row in rows)
    return [row for row, parts in parsed if parts is not None and parts[1] == cadence]


def _star_files(
    kic: int, rows: Sequence[Row], cadence: str, listed: Mapping[str, Sequence[Product]]
) -> SearchAnswer:
    if not rows:
        message = f"KIC {kic} has light curves, but none of {cadence} cadence"
        return TargetError(Reason.NO_SUCH_CADENCE, message)
    products: set[Product] = set()
    unlisted: list[int] = []
    for row in rows:
        obs_id = _text(row, "obs_id")
        promised = expected_products(obs_id)
        if promised is None:
            # Each once, however often it is listed: files that are missing are counted.
            of_star = (p for p in listed.get(obs_id, ()) if (p.kic, p.cadence) == (kic, cadence))
            promised = tuple(dict.fromkeys(of_star))
            unlisted += _unlisted_quarters(obs_id, promised)
        products.update(promised)
    return StarFiles(kic, tuple(sorted(products)), tuple(sorted(unlisted)))


def _unlisted_quarters(obs_id: str, listed: Sequence[Product]) -> Iterator[int]:
    parsed = parse_observation_id(obs_id)
    have = Counter(product.quarter for product in listed)
    for quarter, promised in enumerate(parsed[2] if parsed else ()):
        yield from [quarter] * (promised - have[quarter])


def _no_data(name: str) -> TargetError:
    return TargetError(Reason.NO_DATA, f"the archive has no light curve of {name}")


def _batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
