"""The catalogs of K2 and TESS are built from tables shaped like the archives'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from preprocessing.catalog.selection import SelectionRequest, choose
from preprocessing.catalog.store import CatalogNote, open_catalog
from preprocessing.cli.catalog import build
from preprocessing.core.errors import RunError, UsageError
from preprocessing.missions.recipe import make_recipe
from preprocessing.network.retry import RetryPolicy
from tests.support.hand_made_tables import HandMade, serve

pytestmark = pytest.mark.slow

_ONCE = RetryPolicy(retries=0)


def _k2_observations(filters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    assert filters["project"]["values"] == ["K2"]
    assert filters["provenance_name"]["values"] == ["K2"]
    campaign = int(filters["sequence_number"]["values"][0])
    by_campaign = {
        3: ["ktwo206103150-c03_lc", "ktwo206103150-c03_sc", "ktwo206000001-c03_lc"],
        12: ["ktwo206103150-c12_lc", "something else", "ktwo060017806-c12_lc"],
        10: ["ktwo206000001-c10_lc", "ktwo206000001-c102_lc"],
    }
    return [
        {"obs_id": obs_id, "s_ra": 331.2, "s_dec": -12.0}
        for obs_id in by_campaign.get(campaign, [])
    ]


def _k2() -> HandMade:
    def targets(number: int, **values: Any) -> dict[str, Any]:
        star = {"ra": 331.5, "dec": -12.5, "k2_kepmag": 11.0, "k2_teff": 5600.0, "k2_logg": 4.4}
        star |= {"k2_metfe": 0.1, "k2_rad": 1.0, "k2_mass": 1.0}
        return {"epic_number": number, **star, **values}

    def planet(number: int, name: str, disposition: str, default: int = 1) -> dict[str, Any]:
        return {
            "epic_hostname": f"EPIC {number}",
            "pl_name": name,
            "disposition": disposition,
            "default_flag": default,
        }

    def takes(condition: str, row: Mapping[str, Any]) -> bool:
        if condition == "default_flag=1":
            return bool(row["default_flag"] == 1)
        bounds = [part.removeprefix("epic_number") for part in condition.split(" and ")]
        return all(
            row["epic_number"] >= int(b[2:])
            if b.startswith(">=")
            else row["epic_number"] < int(b[1:])
            for b in bounds
        )

    return HandMade(
        tables={
            "k2targets": [
                targets(206103150),
                targets(206000001, k2_teff=None),
                targets(251800000, k2_kepmag=9.0),
            ],
            "k2pandc": [
                planet(206103150, "WASP-47 b", "CONFIRMED"),
                planet(206103150, "WASP-47 b", "CONFIRMED", default=0),
                planet(206103150, "WASP-47 d", "CONFIRMED"),
                planet(206000001, "EPIC 206000001.01", "REFUTED"),
                planet(206000001, "EPIC 206000001.02", "CANDIDATE"),
            ],
        },
        observations=_k2_observations,
        takes=takes,
    )


async def _build(archive: HandMade, mission: str, path: Path) -> CatalogNote:
    async with serve(archive) as url:
        return await build(mission, url, path, _ONCE)


async def test_k2(tmp_path: Path) -> None:
    """Each star of the target table and of MAST comes once, with campaigns and planets."""
    path = tmp_path / "k2.parquet"
    note = await _build(_k2(), "K2", path)
    assert (note.mission, note.rows, note.is_synthetic) == ("K2", 4, False)
    assert [source.rows for source in note.sources] == [3, 4, 5]
    with open_catalog(path) as catalog:
        rows = catalog.rows(
            "SELECT epic, kepmag, teff, ncampaigns, campaigns, nshort, disposition, n_planets,"
            " n_candidates, dec FROM stars ORDER BY epic"
        )
        request = SelectionRequest("known-planets", 5)
        chosen = choose(request, catalog, make_recipe("K2", sequence_numbers=(3, 101)))
        with pytest.raises(UsageError, match="no star in"):
            choose(request, catalog, make_recipe("K2", sequence_numbers=(101,)))
    assert rows == [
        (60017806, None, None, 1, [12], 0, "NONE", 0, 0, -12.0),
        (206000001, 11.0, None, 2, [3, 10], 0, "CANDIDATE", 0, 1, -12.5),
        (206103150, 11.0, 5600.0, 2, [3, 12], 1, "CONFIRMED", 2, 0, -12.5),
        (251800000, 9.0, 5600.0, 0, [], 0, "NONE", 0, 0, -12.5),
    ]
    assert [star.name for star in chosen.stars] == ["EPIC 206103150"]


async def test_k2_without_tables(tmp_path: Path) -> None:
    """Without tables the catalog holds what MAST observed, and the note says what is missing."""
    archive = _k2()
    archive.tables = {"toi": [{"tid": 1}]}
    note = await _build(archive, "K2", tmp_path / "k2.parquet")
    assert [source.note for source in note.sources] == ["could not be had: no such table"] * 2 + [
        ""
    ]
    with open_catalog(tmp_path / "k2.parquet") as catalog:
        assert catalog.rows("SELECT DISTINCT disposition, n_planets, teff FROM stars") == [
            (None, None, None)
        ]


def _tess_observations(filters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    assert filters["provenance_name"]["values"] == ["SPOC"]
    sector = int(filters["sequence_number"]["values"][0])
    names = {
        1: ["tess2018206045859-s0001-0000000025155310-0120-s"],
        27: [
            "tess2020186164531-s0027-0000000025155310-0189-s",
            "tess2020186164531-s0027-0000000025155310-0189-a_fast",
            "tess2020186164531-s0027-0000000000000007-0189-s",
        ],
    }
    return [{"obs_id": name, "s_ra": 63.4, "s_dec": -69.2} for name in names.get(sector % 28, [])]


def _tess(**changes: Any) -> HandMade:
    archive = HandMade(
        tables={
            "toi": [
                {"tid": 25155310, "toi": "114.01", "tfopwg_disp": "KP"},
                {"tid": 25155310, "toi": "114.02", "tfopwg_disp": "APC"},
                {"tid": 7, "toi": "9.01", "tfopwg_disp": "FA"},
            ]
        },
        observations=lambda filters: (
            _tess_observations(filters) if int(filters["sequence_number"]["values"][0]) < 28 else ()
        ),
        stars={
            25155310: {"ID": 25155310, "ra": 63.37, "dec": -69.22, "Tmag": 10.5, "Teff": 6009.0}
            | {"logg": 4.3, "MH": None, "rad": 1.2, "mass": "NaN"},
            7: {"ID": "7", "ra": 1.0, "dec": 2.0},
        },
    )
    for name, value in changes.items():
        setattr(archive, name, value)
    return archive


@pytest.mark.parametrize(
    "services", [["Mast.Catalogs.Filtered.Tic.Rows"], ["Mast.Catalogs.Filtered.Tic"]]
)
async def test_tess(services: list[str], tmp_path: Path) -> None:
    """Stars with light curves of 120 s or 20 s get TIC values from either service."""
    archive = _tess(tic_services=services)
    await _build(archive, "TESS", tmp_path / "tess.parquet")
    with open_catalog(tmp_path / "tess.parquet") as catalog:
        rows = catalog.rows(
            "SELECT tic, ra, tmag, teff, feh, mass, cdpp, nsectors, sectors, nfast, disposition,"
            " n_planets, n_candidates FROM stars ORDER BY tic"
        )
    assert rows == [
        (7, 1.0, None, None, None, None, None, 1, [27], 0, "FALSE POSITIVE", 0, 0),
        (25155310, 63.37, 10.5, 6009.0, None, None, None, 2, [1, 27], 1, "CONFIRMED", 1, 1),
    ]
    assert archive.asked.count("Mast.Caom.Filtered") == 27 + 60


async def test_tess_without_the_tic(tmp_path: Path) -> None:
    """Without the TIC, sectors, planets and positions are known, and the note says so."""
    note = await _build(_tess(tic_services=[]), "TESS", tmp_path / "tess.parquet")
    assert note.sources[0].note.startswith("could not be had: Mast.Catalogs.Filtered.Tic at")
    with open_catalog(tmp_path / "tess.parquet") as catalog:
        assert catalog.rows("SELECT tic, ra, tmag, sectors FROM stars ORDER BY tic") == [
            (7, 63.4, None, [27]),
            (25155310, 63.4, None, [1, 27]),
        ]


async def test_an_archive_without_stars(tmp_path: Path) -> None:
    """An archive without stars leaves no catalog and no pieces."""
    with pytest.raises(RunError, match="knows no star of TESS"):
        await _build(_tess(observations=lambda filters: ()), "TESS", tmp_path / "tess.parquet")
    assert not list(tmp_path.glob("tess*"))
