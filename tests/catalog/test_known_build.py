"""Known objects are fetched from each table that is there, and kept where one is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from preprocessing.cli.catalog import build_known
from preprocessing.core.known_object import ObjectKind
from preprocessing.core.known_objects import KnownObjects
from preprocessing.core.known_records import record_of
from preprocessing.network.retry import RetryPolicy
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.tables.known_objects import read_known_objects
from tests.support.hand_made_tables import HandMade, serve

_Tables = Mapping[str, Sequence[Mapping[str, Any]]]
_ONCE = RetryPolicy(retries=0)
_KOI = {
    "kepid": 7,
    "kepoi_name": "K00007.01",
    "koi_disposition": "CONFIRMED",
    "koi_period": 3.5,
    "koi_time0bk": 130.5,
    "koi_duration": 2.5,
    "koi_depth": 900.0,
}
_BINARY = {"KIC": 9, "Per": 2.5, "BJD0": 54966.5, "Morph": 0.2}


async def _fetch(path: Path, tables: _Tables) -> KnownObjects:
    async with serve(HandMade(tables=tables)) as url:
        return await build_known("Kepler", url, path, _ONCE)


@pytest.mark.slow
@pytest.mark.parametrize("mission", ["Kepler", "K2", "TESS"])
async def test_they_are_the_truth(tmp_path: Path, mission: str) -> None:
    """The objects of synthetic stars are what was put into their light, and marked so."""
    holdings = SyntheticHoldings(60, k2_stars=12, tess_stars=12)
    path = tmp_path / "known.parquet"
    with ArchiveThread(holdings) as server:
        known = await build_known(mission, server.base_url, path, _ONCE)
    assert known.is_synthetic
    assert list(map(record_of, read_known_objects(path).objects)) == list(
        map(record_of, known.objects)
    )
    truth = {row.number: row for row in holdings.truth() if row.mission == mission}
    transits = [one for one in known.objects if one.kind in (ObjectKind.PLANET, "candidate")]
    assert transits
    for one in transits:
        row = truth[one.star]
        assert row.epoch_bkjd is not None
        assert one.period_d == row.period_d
        assert one.epoch_bjd == pytest.approx(2_454_833 + row.epoch_bkjd, abs=1e-6)
        assert one.duration_h == row.duration_h
        assert one.depth_ppm == pytest.approx(row.depth_ppm)
    if mission == "Kepler":
        kinds = {one.kind for one in known.objects}
        assert {ObjectKind.BINARY, ObjectKind.ROTATOR, ObjectKind.FLARE_STAR} <= kinds
        assert not any(source.note for source in known.sources)


async def test_what_is_absent_is_recorded(tmp_path: Path) -> None:
    """A table that is not there, is empty, or lacks a column, is recorded with the reason."""
    renamed = {name.replace("period", "per"): value for name, value in _KOI.items()}
    tables: _Tables = {"cumulative": [renamed], "J/AJ/151/68/catalog": [_BINARY]}
    known = await _fetch(tmp_path / "known.parquet", tables)
    (binary,) = known.objects
    assert (binary.star, binary.epoch_bjd) == (9, 2454966.5)
    notes = [source.note for source in known.sources]
    assert "no column of the period" in notes[0] and "renamed" in notes[0]
    assert notes[1] == "" and "has no table J/ApJS/211/24" in notes[2]
    assert [source.used for source in known.sources] == [0, 1, 0, 0, 0, 0]


async def test_the_former_table_stays(tmp_path: Path) -> None:
    """What an earlier build has stays where a table is gone, empty or renamed, and is said."""
    path = tmp_path / "known.parquet"
    tables: _Tables = {"cumulative": [_KOI], "J/AJ/151/68/catalog": [_BINARY]}
    first = await _fetch(path, tables)
    renamed = {name.replace("period", "per"): value for name, value in _KOI.items()}
    known = await _fetch(path, {"cumulative": [renamed], "J/AJ/151/68/catalog": [_BINARY]})
    assert [one.star for one in known.objects] == [7, 9]
    assert known.sources[0].note.startswith("stays as it was on ")
    assert known.sources[0].digest == first.sources[0].digest
    again = read_known_objects(path)
    assert [one.name for one in again.objects] == ["K00007.01", ""]
    assert again.sources == known.sources
    path.write_bytes(b"not a table")
    assert len((await _fetch(path, tables)).objects) == 2
