"""The dashboard answers what its page asks of stars."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.report.dashboard import current_stars
from preprocessing.report.star.light import read_light
from tests.report.dashboard.conftest import N_STARS, Browse
from tests.support.packed_data_set import pack_folder
from tests.support.ranked_stars import DIPPER, write_ranking

pytestmark = pytest.mark.slow

_DIPPER = f"kic_{DIPPER}"
#: Queries, and what is said of them.
_REFUSED = {
    "where=rank <": "the filter cannot be read",
    "where=rank < 3; drop table stars": "the filter cannot be read",
    "where=1=1) UNION SELECT (1": "the filter",
    "where=rank in (select 1)": "the filter may compare columns and numbers",
    "where=read_text('/etc/hostname') = ''": "the filter cannot use read_text",
    "where=nothing = 1": "names nothing, which is not a column",
    "where=rank": "a value, not a condition",
    'sort=rank" desc, (select 1)': "there is no column",
    "columns=rank,ranc": "there is no column ranc; did you mean rank",
    "page=0": "page is a number from 1",
    "size=1001": "at most 1000 rows",
    "dir=up": "dir is asc or desc",
}


async def test_pages_of_the_table(ranked_root: Path, browse: Browse) -> None:
    """Stars are sorted, filtered and paged by any column, and those that failed are among them."""
    async with browse(ranked_root) as browser:
        about = await browser.get("api/dataset")
        assert (about["name"], about["n_stars"]) == ("stars [1]", N_STARS + 1)
        assert about["missing"] == ["validate"] and about["problems"] == []
        assert about["tables"]["outcomes"] == N_STARS + 1
        columns = {column["name"]: column for column in about["columns"]}
        assert columns["shape_dip_sigma"]["unit"] == "lg"
        assert columns["similar"]["description"] and columns["is_flagged"]["type"] == "bool"

        first = await browser.get("api/stars?size=3&columns=rank,score")
        assert first["total"] == N_STARS + 1 and first["last_page"] == 14
        assert first["rows"][0] == {"star": _DIPPER, "rank": 1, "score": 3.0}
        last = await browser.get("api/stars?size=3&page=14&columns=rank,outcome,failed_files")
        # Without a rank, whichever way ranks are sorted.
        failed = {"star": "kic_11", "rank": None, "outcome": "failed"}
        assert last["rows"][-1] == {**failed, "failed_files": ["Q9", "Q12"]}
        # Nothing is missing of the others, and an empty list would be hard to ask for.
        assert columns["failed_files"]["type"] == "list"
        found = await browser.get("api/stars?where=failed_files%20is%20not%20null&columns=name")
        assert [row["name"] for row in found["rows"]] == ["KIC 11"]
        down = await browser.get("api/stars?sort=rank&dir=desc&size=1000&columns=rank")
        ranks = [row["rank"] for row in down["rows"]]
        assert ranks == [*range(N_STARS, 0, -1), None]

        where = "list_contains(failed_files, 'Q9') or (rank < 4 and class = 'unexplained')"
        async with browser.session.get(
            f"{browser.address}api/stars", params={"where": where, "columns": "name"}
        ) as answer:
            found = [row["name"] for row in (await answer.json())["rows"]]
        assert found == [f"KIC {DIPPER + 1}", f"KIC {DIPPER + 2}", "KIC 11"]


async def test_refused_queries(ranked_root: Path, browse: Browse) -> None:
    """A query that asks for anything but rows of the table is refused in one line."""
    async with browse(ranked_root) as browser:
        for query, says in _REFUSED.items():
            name, _, value = query.partition("=")
            async with browser.session.get(
                f"{browser.address}api/stars", params={name: value}
            ) as answer:
                assert answer.status == 400, query
                line = (await answer.json())["error"]
                assert says in line and "\n" not in line


async def test_tables_that_change(
    root: Path, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables are read again when another command wrote them; what is wrong with them is said."""
    ranking, vetting = root / "ranking.parquet", root / "vetting.parquet"
    ranking.rename(root / "kept")
    vetting.write_bytes(b"PAR1 torn")
    (root / "download_results.csv").unlink()
    async with browse(root) as browser:
        about = await browser.get("api/dataset")
        assert about["missing"] == ["rank", "validate"] and about["n_stars"] == N_STARS
        assert "vetting.parquet" in about["problems"][0]
        assert f"run xenoscan vet {root} --recompute" in about["problems"][0]
        (root / "kept").rename(ranking)
        # What changes every second is not read again each time.
        assert (await browser.get("api/dataset"))["missing"] == ["rank", "validate"]
    monkeypatch.setattr(current_stars, "_SHORTEST_S", 0.0)
    monkeypatch.setattr(current_stars, "_SHARE", 1e9)
    async with browse(root) as browser:
        assert (await browser.get("api/stars?columns=rank"))["rows"][6]["rank"] == 7
        write_ranking(root, 6)
        assert (await browser.get("api/stars?columns=rank"))["rows"][6]["rank"] is None


async def test_a_folder_without_anything(tmp_path: Path, browse: Browse) -> None:
    """A folder in which nothing was done yet has no stars, no run, and says what to run."""
    async with browse(tmp_path) as browser:
        about = await browser.get("api/dataset")
        assert (about["n_stars"], about["synthetic"], about["missions"]) == (0, None, [])
        assert about["missing"] == ["features", "vet", "rank", "validate"]
        assert (await browser.get("api/stars"))["rows"] == []
        assert (await browser.get("api/sky"))["star"] == []
        run = await browser.get("api/run")
        assert (run["status"], run["alive"], run["quarters"]) == (None, False, [])
        assert await browser.get("api/run/history") == []
        assert (await browser.get("api/labels"))["labels"] == []
        assert "no star" in (await browser.get("api/stars/kic_1", 404))["error"]


async def test_one_star(ranked_root: Path, browse: Browse) -> None:
    """A star's page has what every table says of it, and a star that failed has its reason."""
    async with browse(ranked_root) as browser:
        star = await browser.get(f"api/stars/{_DIPPER}")
        assert star["names"] == [f"KIC {DIPPER}"] and star["row"]["rank"] == 1
        features = {one["name"]: one for one in star["features"]}
        assert features["shape_dip_sigma"]["value"] == 1.6
        assert features["shape_flare_rate"]["reason"] in (None, "no_events")
        assert star["ranking"]["class"] == "irregular dips" and star["ranking"]["threshold"] == 2.5
        assert [event["kind"] for event in star["events"]] == ["dip"]
        assert star["outcome"]["quarters_used"] == 17 and star["label"] is None
        assert "to_lightkurve" in star["lightkurve"]
        failed = await browser.get("api/stars/kic_11")
        assert failed["outcome"]["reason"] == "corrupt" and failed["ranking"] is None
        assert "has no light curve" in (await browser.get("api/stars/kic_11/light", 404))["error"]
        # Its file is not there.
        await browser.get(f"api/stars/kic_{DIPPER + 1}/light", 404)


async def test_light(ranked_root: Path, browse: Browse) -> None:
    """A star's light comes as arrays that a browser maps in place, equal to those on disk."""
    async with browse(ranked_root) as browser:
        content = await browser.get(f"api/stars/{_DIPPER}/light")
        picture = await browser.get(f"api/stars/{_DIPPER}/thumbnail.png")
        assert picture.startswith(b"\x89PNG")
        sheet = await browser.get(f"api/stars/{_DIPPER}/sheet.pdf")
        assert sheet.startswith(b"%PDF")
        await browser.get("api/stars/kic_11/thumbnail.png", 404)
    length = int(np.frombuffer(content, "<u4", 1)[0])
    header = json.loads(content[4 : 4 + length])
    shown = read_light(ranked_root, f"KIC_{DIPPER}.fits")
    expected = {
        "time": shown.light.time_d,
        "flux": shown.light.flux.astype("f4"),
        "trend": shown.trend.astype("f4"),
        "quality": shown.quality,
        "quarter": shown.light.sequence,
    }
    assert header["n"] == len(shown)
    for column in header["columns"]:
        assert column["offset"] % 8 == 0
        found = np.frombuffer(content, column["dtype"], header["n"], column["offset"])
        np.testing.assert_array_equal(found, expected[column["name"]])
    (quarter,) = header["quarters"]
    assert (quarter["number"], quarter["label"]) == (1, "Q1")
    assert header["bits"]["1"] == "attitude tweak"
    # Each flag has a name of its own.
    assert header["bits"]["131072"] == "rolling band in the aperture"
    assert len(set(header["bits"].values())) == len(header["bits"]) == 20
    assert header["time_system"] == "BJD - 2454833 (TDB)"


async def test_a_packed_star(root: Path, browse: Browse) -> None:
    """A star whose FITS file is gone since it was packed has the same page as before."""
    paths = [f"api/stars/kic_{DIPPER}{more}" for more in ("", "/light", "/thumbnail.png")]
    async with browse(root) as browser:
        before = [await browser.get(path) for path in paths]
    await asyncio.to_thread(pack_folder, root)
    (DatasetFolder(root).lightcurves / f"KIC_{DIPPER}.fits").unlink()
    async with browse(root) as browser:
        assert [await browser.get(path) for path in paths] == before
        assert (await browser.get(f"api/stars/kic_{DIPPER}/sheet.png")).startswith(b"\x89PNG")


async def test_stars_of_a_download_alone(root: Path, browse: Browse) -> None:
    """Before any stage has run, the light of each star that came can be looked at."""
    for table in root.glob("*.parquet"):
        table.unlink()
    async with browse(root) as browser:
        about = await browser.get("api/dataset")
        assert (about["n_stars"], about["missions"]) == (N_STARS + 1, ["Kepler"])
        assert about["missing"] == ["features", "vet", "rank", "validate"]
        # Two have numbers that are none of the simulator's.
        assert about["synthetic"] is True
        simulated = await browser.get("api/stars?where=synthetic")
        assert simulated["total"] == N_STARS - 1
        star = await browser.get(f"api/stars/{_DIPPER}")
        assert star["row"]["fits_file"] == f"KIC_{DIPPER}.fits" and star["features"] == []
        assert (await browser.get(f"api/stars/{_DIPPER}/thumbnail.png")).startswith(b"\x89PNG")
        await browser.get("api/stars/kic_11/light", 404)
