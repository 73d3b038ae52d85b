"""MAST, or any server with its API: search by number or name, and fetch files."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from preprocessing.acquire.archives.base import Archive, FetchedFile, SearchAnswer, StarFiles
from preprocessing.acquire.archives.choice import choose_files, no_data
from preprocessing.acquire.archives.resolver import Resolver, separation_arcsec
from preprocessing.acquire.archives.search_cache import SearchCache
from preprocessing.core.errors import TargetError
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product
from preprocessing.missions.catalog_numbers import advice_for_name
from preprocessing.missions.observations import (
    OBSERVATION_COLUMNS,
    POSITION_COLUMNS,
    Observation,
    Row,
    filters_of,
    holdings_filters,
    is_end_of_list,
    observations_in,
    product_of_row,
    promised_products,
    unlisted_numbers,
)
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.network.http_client import HttpClient
from preprocessing.network.portal import Portal, PortalServer
from preprocessing.network.transfer import Transfer

__all__ = ["MastArchive"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Maximum distance of a star from the resolved position of its name: one Kepler pixel.
_RADIUS_ARCSEC = 4.0
#: Observation ids per product query: astroquery batches as many "to avoid timeouts"
#: (https://github.com/astropy/astroquery/pull/3454).
_OBSERVATIONS_A_QUERY = 500
#: Stars that a message names.
_MOST_NAMED = 5


class MastArchive:
    """The archive at `base_url`.

    Parameters
    ----------
    http : HttpClient
        Open client that fetches the files, and asks the portal if none is given.
    base_url : str
        Scheme and host of the portal and of the files.
    resolver : Resolver
        Turns names into positions.
    identity : str
        The archive's name in records.
    cache : SearchCache or None
        Where search answers are cached; None to cache nothing.
    polite_requests : int or None
        Maximum number of requests in flight; None for no limit.
    portal : Portal, optional
        Client of the portal; made from `http` and `base_url` if not given.
    bypass_cache : bool
        Whether to search even for stars in the cache. The new answers are cached.

    Attributes
    ----------
    portal : Portal
        Client of the portal.
    """

    may_be_down = True
    fallbacks: tuple[Archive, ...] = ()
    unread_files: tuple[str, ...] = ()

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
        bypass_cache: bool = False,
    ) -> None:
        self.identity = identity
        self.polite_requests = polite_requests
        self._http = http
        self._download_url = f"{base_url}/api/v0.1/Download/file"
        self._base_url = base_url
        self.portal = portal or Portal(http, base_url)
        self._resolver = resolver
        self._cache = cache
        self._bypass_cache = bypass_cache

    @property
    def server(self) -> PortalServer:
        """The archive's portal, for queries other than a star's files."""
        return PortalServer(self.identity, self._base_url, self.portal)

    @property
    def has_answered(self) -> bool:
        """Whether any request was ever answered: see `Archive`."""
        return self._http.has_answered

    async def search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        """Find the files of several targets: see `Archive.search`."""
        answers: dict[str, SearchAnswer] = {}
        if self._cache is not None and not self._bypass_cache:
            keys = [target.key for target in targets]
            answers.update(await asyncio.to_thread(self._cache.stars, recipe, keys))
        unknown = [target for target in targets if target.key not in answers]
        found = await self._search_by_number(unknown, recipe, transfer)
        found.update(await self._search_by_name(unknown, recipe, transfer))
        if self._cache is not None:
            stars = {key: star for key, star in found.items() if isinstance(star, StarFiles)}
            await asyncio.to_thread(self._cache.store_stars, recipe, stars)
        answers.update(found)
        return answers

    async def listed_names(
        self, star: StarFiles, recipe: Recipe, transfer: Transfer
    ) -> frozenset[str]:
        """Return the file names in the product list: see `Archive.listed_names`."""
        rows = await self._observations([star.number], recipe, transfer)
        observations = observations_in(rows, recipe, frozenset([star.number]))
        wanted = [o for o in observations if _is_wanted(o, recipe)]
        products = await self._products(wanted, transfer)
        return frozenset(p.file_name for listed in products.values() for p in listed)

    async def holdings(self, count: int, recipe: Recipe, transfer: Transfer) -> list[int]:
        """Return the first stars of the archive: see `Archive.holdings`."""
        numbers: dict[int, None] = {}
        n_empty = 0
        for part, part_filter in holdings_filters(recipe):
            found = await self._holdings_of(part, part_filter, recipe, transfer)
            numbers.update(dict.fromkeys(found))
            n_empty = 0 if found else n_empty + 1
            if len(numbers) >= count or is_end_of_list(recipe.mission, n_empty):
                break
        return list(numbers)[:count]

    async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
        """Return one file: see `Archive.fetch`."""
        file = await self._http.get_file(self._download_url, {"uri": product.uri}, transfer)
        return FetchedFile(file.body, self.identity)

    async def fetch_start(self, product: Product, size: int, transfer: Transfer) -> bytes:
        """Return the first bytes of one file: see `Archive.fetch_start`."""
        file = await self._http.get_file(
            self._download_url, {"uri": product.uri}, transfer, first_bytes=size
        )
        return file.body

    async def _holdings_of(
        self, part: str, part_filter: Mapping[str, Any], recipe: Recipe, transfer: Transfer
    ) -> list[int]:
        if self._cache is not None:
            known = await asyncio.to_thread(self._cache.holdings, recipe, part)
            if known is not None:
                return known
        params = {
            "columns": ",".join(OBSERVATION_COLUMNS),
            "filters": [*filters_of(recipe), part_filter],
        }
        rows = await self.portal.query("Mast.Caom.Filtered", params, OBSERVATION_COLUMNS, transfer)
        numbers = await asyncio.to_thread(_numbers_of, rows, recipe)
        if self._cache is not None and numbers:
            await asyncio.to_thread(self._cache.store_holdings, recipe, part, numbers)
        return numbers

    async def _search_by_number(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> dict[str, SearchAnswer]:
        numbers = {target.key: target.number_in(recipe.mission.catalog) for target in targets}
        numbered = [target for target in targets if numbers[target.key] is not None]
        if not numbered:
            return {}
        wanted = [n for n in numbers.values() if n is not None]
        rows = await self._observations(wanted, recipe, transfer)
        # Drops stars that were not asked for, which would cost further product queries.
        observations = await asyncio.to_thread(observations_in, rows, recipe, frozenset(wanted))
        stars = await self._stars(observations, recipe, transfer)
        return {t.key: stars.get(numbers[t.key] or 0) or no_data(t, recipe) for t in numbered}

    async def _search_by_name(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> dict[str, SearchAnswer]:
        named = [t for t in targets if t.number_in(recipe.mission.catalog) is None]
        positions = await self._resolver.resolve([target.name for target in named], transfer)
        answers: dict[str, SearchAnswer] = {}
        for target in named:
            position = positions.get(target.name)
            if position is None:
                message = f"the archive's resolver knows no object named {target.name!r}"
                advice = advice_for_name(target.catalog, recipe.mission)
                message += advice and f": {advice}"
                answers[target.key] = TargetError(Reason.UNKNOWN_NAME, message)
            else:
                answers[target.key] = await self._star_at(target, position, recipe, transfer)
        return answers

    async def _star_at(
        self, target: Target, position: tuple[float, float], recipe: Recipe, transfer: Transfer
    ) -> SearchAnswer:
        ra, dec = position
        params = {
            "columns": "*",
            "filters": filters_of(recipe),
            "position": f"{ra}, {dec}, {_RADIUS_ARCSEC / 3600}",
        }
        rows = await self.portal.query(
            "Mast.Caom.Filtered.Position", params, POSITION_COLUMNS, transfer
        )
        placed = [(_separation_arcsec(position, row), row) for row in rows]
        near = [(separation, row) for separation, row in placed if separation <= _RADIUS_ARCSEC]
        n_lost = sum(math.isnan(separation) for separation, _ in placed)
        if n_lost:
            _log.warning("%s: %d observations have no position: left out", target.name, n_lost)
        observations = observations_in([row for _, row in near], recipe)
        numbers = sorted({observation.number for observation in observations})
        if len(numbers) > 1:
            stars = ", ".join(f"{recipe.mission.catalog} {n}" for n in numbers[:_MOST_NAMED])
            message = f"{target.name}: {stars} all stand within {_RADIUS_ARCSEC:.0f} arcsec"
            return TargetError(Reason.AMBIGUOUS_NAME, message)
        if not numbers:
            return no_data(target, recipe)
        star = (await self._stars(observations, recipe, transfer))[numbers[0]]
        if isinstance(star, TargetError):
            return star
        separation = round(min(s for s, _ in near), 4)
        _log.info(
            "%s is %s %d, %.2f arcsec from its position",
            target.name,
            recipe.mission.catalog,
            star.number,
            separation,
        )
        return replace(star, separation_arcsec=separation)

    async def _observations(
        self, numbers: Sequence[int], recipe: Recipe, transfer: Transfer
    ) -> list[Row]:
        names = [form.format(number) for number in numbers for form in recipe.mission.target_names]
        name_filter = {"paramName": "target_name", "values": names}
        params = {"columns": "*", "filters": [*filters_of(recipe), name_filter]}
        return await self.portal.query("Mast.Caom.Filtered", params, OBSERVATION_COLUMNS, transfer)

    async def _stars(
        self, observations: Sequence[Observation], recipe: Recipe, transfer: Transfer
    ) -> dict[int, SearchAnswer]:
        """Turn observations into files; query the product lists of ids that do not say."""
        wanted = [o for o in observations if _is_wanted(o, recipe)]
        unclear = [o for o in wanted if promised_products(o, recipe.mission) is None]
        listed = await self._products(unclear, transfer)
        return await asyncio.to_thread(_files_by_star, observations, recipe, listed)

    async def _products(
        self, observations: Sequence[Observation], transfer: Transfer
    ) -> dict[str, list[Product]]:
        """Return the light-curve files that product lists name, by observation id."""
        products: dict[str, list[Product]] = defaultdict(list)
        stars = {observation.obs_id: observation.number for observation in observations}
        for some in _batches(observations, _OBSERVATIONS_A_QUERY):
            params = {"obsid": ",".join(observation.obsid for observation in some)}
            rows = await self.portal.query(
                "Mast.Caom.Products", params, ("obs_id", "productFilename"), transfer
            )
            for row in rows:
                obs_id = str(row["obs_id"])
                product = product_of_row(row, stars.get(obs_id, 0))
                if product is not None:
                    products[obs_id].append(product)
        return products


def _numbers_of(rows: Iterable[Row], recipe: Recipe) -> list[int]:
    return sorted({o.number for o in observations_in(rows, recipe) if _is_wanted(o, recipe)})


def _is_wanted(observation: Observation, recipe: Recipe) -> bool:
    """Tell whether an observation may have a cadence that the recipe wants."""
    return observation.cadence in (None, *(cadence for _, cadence in recipe.candidates))


def _separation_arcsec(position: tuple[float, float], row: Row) -> float:
    """Return an observation's distance from a position; NaN if it has no position."""
    try:
        return separation_arcsec(*position, float(row["s_ra"]), float(row["s_dec"]))
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _files_by_star(
    observations: Sequence[Observation], recipe: Recipe, listed: Mapping[str, Sequence[Product]]
) -> dict[int, SearchAnswer]:
    by_star: dict[int, list[Observation]] = defaultdict(list)
    for observation in observations:
        by_star[observation.number].append(observation)
    return {n: _star_files(n, some, recipe, listed) for n, some in by_star.items()}


def _star_files(
    number: int,
    observations: Sequence[Observation],
    recipe: Recipe,
    listed: Mapping[str, Sequence[Product]],
) -> SearchAnswer:
    products: set[Product] = set()
    unlisted: list[int] = []
    wanted = [observation for observation in observations if _is_wanted(observation, recipe)]
    for observation in wanted:
        promised = promised_products(observation, recipe.mission)
        if promised is None:
            # A file listed twice counts once, or missing files would be miscounted.
            of_star = (p for p in listed.get(observation.obs_id, ()) if p.number == number)
            promised = tuple(dict.fromkeys(of_star))
            unlisted += unlisted_numbers(observation, promised)
        products.update(promised)
    has_others = len(wanted) < len(observations)
    return choose_files(number, products, recipe, unlisted, has_others=has_others)


def _batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
