"""The rows and the light of one star are found in the tables of a data set."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import LightCurveNotFound, UsageError
from preprocessing.dataset.opening import open_dataset
from preprocessing.report.star.light import read_light
from preprocessing.report.star.tables import StarTables
from preprocessing.tables.star_rows import StarRows
from tests.support.feature_stars import write_month, write_stars
from tests.support.packing import write_results
from tests.support.ranked_stars import DIPPER, write_ranking, write_tables

pytestmark = pytest.mark.slow

_NAME, _FILE = f"KIC {DIPPER}", f"KIC_{DIPPER}.fits"


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of ranked stars, one of which has a light curve."""
    root = tmp_path_factory.mktemp("stars")
    write_tables(root)
    write_ranking(root)
    write_stars(root, [DIPPER])
    return root


@pytest.fixture
def copied(ranked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ranked, tmp_path / "copied"))


@pytest.mark.parametrize("target", [_NAME, str(DIPPER), f"kplr{DIPPER}", _FILE[:-5]])
def test_record(ranked: Path, target: str) -> None:
    """A star has its rows of all tables, whatever it is called, and no other star's."""
    record = StarTables(ranked).record(target)
    assert (record.name, record.file, record.key) == (_NAME, _FILE, f"kic_{DIPPER}")
    assert record.features["shape_dip_sigma"] == 1.6
    assert record.columns["features"]["shape_dip_sigma"].unit == "lg"
    assert record.vetting["kic"] == record.ranking["kic"] == DIPPER
    assert (record.ranking["rank"], record.baseline["reason"]) == (1, "strange")
    assert [event["peak_d"] for event in record.events] == [500.0]
    assert (record.candidates, record.dispositions, record.known) == ((), (), ())
    assert record.about["ranking"]["threshold"] == "2.5"
    assert record.missing == {} and record.outcome is None


def test_first(ranked: Path) -> None:
    """The first of a ranking come in its order, and no more than there are."""
    tables = StarTables(ranked)
    assert tables.first(2) == (_FILE, f"KIC_{DIPPER + 1}.fits")
    assert len(tables.first(1000)) == 150


def test_tables_that_say_nothing(copied: Path) -> None:
    """Tables that are missing, damaged, old or stale are stated, and what to run."""
    (copied / "events.parquet").unlink()
    (copied / "vetting.parquet").write_bytes(b"PAR1 torn")
    for name, change in (("candidates", {b"xenoscan_feature_set": b"0"}), ("ranking", {})):
        path = copied / f"{name}.parquet"
        table = pq.read_table(path)
        if name == "ranking":
            digests = pa.array(["f" * 64] * len(table))
            place = table.schema.get_field_index("input_sha256")
            table = table.set_column(place, table.schema.field(place), digests)
        pq.write_table(table.replace_schema_metadata({**table.schema.metadata, **change}), path)
    record = StarTables(copied).record(_NAME)
    assert set(record.missing) == {"events", "vetting", "candidates", "ranking"}
    assert f"run xenoscan vet {copied}" in record.missing["events"]
    assert "not a parquet file" in record.missing["vetting"]
    assert "of version 0" in record.missing["candidates"]
    assert "earlier light curve" in record.missing["ranking"] and record.ranking == {}
    assert record.features["shape_dip_sigma"] == 1.6


def test_a_star_without_features(copied: Path) -> None:
    """A star that no table has is found in the data set, and one that failed in its records."""
    write_month(copied / "lightcurves", 757076)
    results = open_dataset(copied)
    assert results.file_of("757076") == "KIC_757076.fits"
    write_results(DatasetFolder(copied), [{"target_id": "KIC 11", "reason": "not_found"}])
    tables = StarTables(copied)
    record = tables.record("757076")
    assert (record.name, record.number) == ("KIC 757076", 757076)
    assert set(record.missing) == {"features", "vetting", "ranking"}
    failed = tables.record("kic11")
    assert failed.file == "" and failed.outcome is not None
    assert str(failed.outcome.reason) == "not_found"
    with pytest.raises(LightCurveNotFound):
        tables.record("KIC 12")
    for name in ("../x", "", "a\nb"):
        with pytest.raises(UsageError):
            tables.record(name)


def test_light(ranked: Path) -> None:
    """Light is what features take: finite, relative, by quarter, with flags and a trend."""
    shown = read_light(ranked, _FILE)
    curve = open_dataset(ranked)[_NAME]
    assert len(shown) == np.isfinite(curve.flux).sum()
    (quarter,) = shown.stretches
    assert (quarter.number, quarter.label) == (1, "Q1")
    assert np.nanmax(np.abs(shown.trend - np.median(shown.light.flux))) < 0.01
    assert set(shown.flagged_d) <= set(shown.flags)
    with pytest.raises(LightCurveNotFound):
        read_light(ranked, "KIC_1.fits")


def test_one_row_group(tmp_path: Path) -> None:
    """Rows are found in every row group, and only those are read in which they are."""
    table = pa.table({"key": ["a", "b", "a", "c", "a"], "value": [1, 2, 3, 4, 5]})
    path = tmp_path / "table.parquet"
    pq.write_table(table, path, row_group_size=2)
    rows = StarRows(path)
    assert [row["value"] for row in rows.rows("key", "a")] == [1, 3, 5]
    assert rows.rows("key", "z") == []
