"""Many stars, kills and an outage lose nothing, here with few; and what is lost is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.place import Place
from benchmarks.promise import Plan, problems
from benchmarks.short_stars import ShortStars


def test_the_promise_is_kept(tmp_path: Path) -> None:
    """Two kills and five minutes without the archive lose nothing, by a clock that jumps."""
    folders = [f"--data={tmp_path / 'data'}", f"--results={tmp_path / 'results'}"]
    few = ["--targets", "250", "--kills", "2", "--outage-minutes", "5", "--workers", "4", "--keep"]
    assert main(["promise", *few, *folders]) == 0
    found = json.loads((tmp_path / "results" / "promise.json").read_text())["promise"]
    assert found["course"]["problems"] == []
    assert found["course"]["clock_seconds"] >= 5 * 60
    assert found["counts"]["files_sent"] >= 250
    place = Place(tmp_path / "data" / "promise")
    plan, holdings = Plan(**found["plan"]), ShortStars(250)
    _spoil(place, holdings.star_keys()[7])
    told = list(problems(plan, place, holdings, tmp_path))
    assert [text.split(",")[0] for text in told] == [
        "1 stars have not one row",
        "1 files are missing",
        "1 files are left over",
    ]


def _spoil(place: Place, kic: int) -> None:
    """Lose a star and its row, and leave something behind."""
    lines = place.results.read_text().splitlines(keepends=True)
    place.results.write_text("".join(line for line in lines if f"KIC {kic}," not in line))
    (place.output / f"KIC_{kic}.fits").rename(place.output / ".rest.fits.part")


def test_a_disk_that_is_too_small_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A disk that is too small is reported before the run begins."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 10**9))
    assert main(["promise", f"--data={tmp_path}", f"--results={tmp_path}"]) == 1
    assert "9.0 GB are needed" in capsys.readouterr().err
