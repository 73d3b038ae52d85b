"""Tables of known objects are read as archives export them and as people write them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from preprocessing.core.errors import UsageError
from preprocessing.core.known_object import KnownObject, ObjectKind
from preprocessing.core.known_objects import KnownObjects, Remark, combine
from preprocessing.lists.known_objects import read_labels
from preprocessing.missions import MISSIONS

_KEPLER = MISSIONS["Kepler"]
_KOI_HEADER = "kepid,kepoi_name,koi_disposition,koi_period,koi_time0bk,koi_duration,koi_depth"
_KOI = "8644288,K00137.02,CONFIRMED,14.858888,128.15487,3.525,3269.2"


def _read(folder: Path, text: str, mission: str = "Kepler") -> KnownObjects:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return read_labels(path, MISSIONS[mission])


def _one(folder: Path, text: str, mission: str = "Kepler") -> KnownObject:
    (known,) = _read(folder, text, mission).objects
    return known


def _remarks(read: KnownObjects) -> dict[str, int]:
    return dict(read.sources[0].remarks)


def test_an_export_of_the_archive(tmp_path: Path) -> None:
    """An export with comments above its header gives names, kinds and Julian Dates."""
    text = f"# This file was produced by an archive\n# COLUMN kepid: KepID\n{_KOI_HEADER}\n{_KOI}\n"
    known = _one(tmp_path, text)
    assert (known.star, known.name, known.kind) == (8644288, "K00137.02", ObjectKind.PLANET)
    assert known.epoch_bjd == pytest.approx(2454833 + 128.15487)
    assert (known.period_d, known.duration_h, known.depth_ppm) == (14.858888, 3.525, 3269.2)
    assert "labels.csv" in known.source


@pytest.mark.parametrize(
    ("header", "row", "mission"),
    [
        ("toi,tid,tfopwg_disp,pl_tranmid,pl_orbper", "7.01,5,PC,2458400.5,3.5", "TESS"),
        ("toi,tid,tfopwg_disp,pl_tranmid,pl_orbper", "7.01,5,PC,1400.5,3.5", "TESS"),
        ("TIC ID,TOI,TFOPWG Disposition,Epoch (BJD),Period (days)", "5,7.01,PC,2458400.5,3.5", ""),
        ("number,kind,period,epoch,source", "5,pc,3.5,1400.5,me", "TESS"),
        ("number,kind,period,epoch,source", "5,planet candidate,3.5,58400.5,me", "TESS"),
        ("TIC,type,P,t0_bkjd", "TIC 5,Candidate,3.5,3567.5", "TESS"),
        ("star,kind,period,epoch_mjd", "TIC 5,candidate,3.5,58400.0", "TESS"),
        ("star\tkind\tperiod\tepoch\tepoch_ref", "TIC 5\tcandidate\t3.5\t1400.5\tBTJD", "TESS"),
        ("number|kind|period|epoch", "5|PC|3.5|2458400.5", "TESS"),
    ],
)
def test_zero_points(tmp_path: Path, header: str, row: str, mission: str) -> None:
    """Epochs mean the same in all the zero points in which tables give them."""
    known = _one(tmp_path, f"{header}\n{row}\n", mission or "TESS")
    assert (known.star, known.kind, known.period_d) == (5, ObjectKind.CANDIDATE, 3.5)
    assert known.epoch_bjd == pytest.approx(2458400.5)


@pytest.mark.parametrize(
    ("mission", "epoch", "bjd"),
    [
        ("Kepler", 4966.5, 2454966.5),
        ("K2", 7139.6, 2457139.6),
        ("TESS", 8400.5, 2458400.5),
        ("Kepler", 1300.25, 2454833 + 1300.25),
        ("TESS", 3500.5, 2457000 + 3500.5),
    ],
)
def test_epochs_of_an_unnamed_zero(tmp_path: Path, mission: str, epoch: float, bjd: float) -> None:
    """Epochs too late for the mission's own zero count from BJD 2,450,000, and that is said."""
    path = tmp_path / "mine.csv"
    path.write_text(f"number,kind,period,epoch\n757076,planet,3.5,{epoch}\n", encoding="utf-8")
    read = read_labels(path, MISSIONS[mission])
    (known,) = read.objects
    assert known.epoch_bjd == pytest.approx(bjd)
    is_told = any("BJD 2,450,000" in remark for remark in read.sources[0].remarks)
    assert is_told == (bjd == 2_450_000 + epoch)


def test_a_table_of_binaries(tmp_path: Path) -> None:
    """Widths in phase, relative depths, sentinels and an impossible epoch become what they mean."""
    header = "KIC,KOI,Mult,period,bjd0,pdepth,sdepth,pwidth,swidth,morph,"
    deep = "1026032,-1,1,8.0,54966.5,0.0710,-1.0,0.02,-1.0,0.15,"
    shallow = "1026957,958,1,21.7,5487.3,-1.0000,-1.0,-1.0,-1.0,-1.0,"
    first, second = _read(tmp_path, f"{header}\n{deep}\n{shallow}\n").objects
    assert first.epoch_bjd == 2454966.5
    assert first.depth_ppm == pytest.approx(71_000)
    assert first.duration_h == pytest.approx(0.02 * 8 * 24)
    assert math.isnan(second.depth_ppm) and math.isnan(second.duration_h)
    assert math.isnan(second.epoch_bjd)
    assert second.period_d == 21.7


def test_rotators_that_vary_too_much(tmp_path: Path) -> None:
    """What varies more than spots make a star vary is a pulsator, and the reading says so."""
    rows = "1,5000,0.57,600000,0.5,0.6\n2,5000,12.0,7000,0.5,0.6"
    read = _read(tmp_path, f"kepid,Teff,Prot,Rper,LPH,w\n{rows}\n")
    assert [one.kind for one in read.objects] == [ObjectKind.PULSATOR, ObjectKind.ROTATOR]
    assert _remarks(read) == {str(Remark.RANGE_TOO_LARGE): 1}
    assert "taken as pulsators" in read.sources[0].describe()


def test_rows_that_say_little(tmp_path: Path) -> None:
    """Every row that is dropped, or kept without something, is counted under its reason."""
    rows = """
    11,planet,3.5,130.0
    12,planet,-3.5,130.0
    13,planet,0,130.0
    14,planet,-999,
    15,comet,3.5,130.0
    16,planet,3.5,
    17,binary,3.5,99999999
    TIC 18,planet,3.5,130.0
    Kepler-18,planet,3.5,130.0
    11,candidate,3.5001,133.5
    11,planet,3.5,131.7
    19,flare star,-99,
    20,binary,2454953.2,130.0
    21,binary,soon,130.0
    """
    read = _read(tmp_path, "number,kind,period,epoch" + rows.replace("\n    ", "\n"))
    assert [one.star for one in read.objects] == [11, 11, 13, 16, 17, 19, 20, 21]
    assert all(math.isnan(read.of_star(star)[0].period_d) for star in (13, 20, 21))
    assert _remarks(read) == {
        str(Remark.NEGATIVE_PERIOD): 1,
        str(Remark.NO_EPHEMERIS): 1,
        str(Remark.NO_PERIOD): 2,
        str(Remark.IMPOSSIBLE_PERIOD): 1,
        str(Remark.UNKNOWN_KIND): 1,
        str(Remark.NO_EPOCH): 1,
        str(Remark.IMPOSSIBLE_EPOCH): 1,
        str(Remark.OTHER_CATALOG): 1,
        str(Remark.NO_NUMBER): 1,
        str(Remark.DUPLICATE): 1,
    }
    assert read.sources[0].rows == 14
    assert read.sources[0].used == 8


def test_durations_and_depths_in_other_units(tmp_path: Path) -> None:
    """An event longer than its period allows, or deeper than all light, is kept without either."""
    rows = """
    1,planet,3.5,130,2.5,900
    2,planet,3.5,130,50,-900
    3,binary,3.5,130,50,2e6
    4,binary,3.5,130,-90,
    5,planet,,130,9,0
    """
    header = "number,kind,period,epoch,duration,depth"
    read = _read(tmp_path, header + rows.replace("\n    ", "\n"))
    durations = [one.duration_h for one in read.objects]
    assert durations == pytest.approx([2.5, math.nan, 50, math.nan, 9], nan_ok=True)
    assert [one.star for one in read.objects if math.isfinite(one.depth_ppm)] == [1]
    assert _remarks(read) == {
        str(Remark.IMPOSSIBLE_DURATION): 2,
        str(Remark.IMPOSSIBLE_DEPTH): 2,
        str(Remark.NO_PERIOD): 1,
    }


def test_letters_of_an_older_encoding(tmp_path: Path) -> None:
    """A letter that is no UTF-8 is shown by its code, and can be written."""
    path = tmp_path / "notes.csv"
    path.write_bytes(
        "number,kind,period,epoch,source\n5,planet,3.5,130,M\u00fcller".encode("latin-1")
    )
    (known,) = read_labels(path, MISSIONS["Kepler"]).objects
    assert known.source.encode().isascii()


def test_papers_about_one_planet(tmp_path: Path) -> None:
    """Of several rows about one planet, the default one counts."""
    header = "pl_name,hostname,default_flag,disposition,pl_orbper,ttv_flag"
    rows = "K2-1 b,EPIC 201,0,CONFIRMED,3.1,0\nK2-1 b,EPIC 201,1,CONFIRMED,3.2,1"
    known = _one(tmp_path, f"{header}\n{rows}\n", "K2")
    assert known.period_d == 3.2
    assert known.has_timing_variations


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (f"{_KOI_HEADER}\n", "is empty"),
        (f"{_KOI_HEADER.replace('koi_period', 'per_days')}\n{_KOI}\n", "no column of the period"),
        (f"{_KOI_HEADER.replace('koi_time0bk', 'time')}\n{_KOI}\n", "no column of the epoch"),
        ("number,period,epoch\n5,3.5,130\n", "no column of the kind"),
        ("a,b\nc,d\n", "no known columns"),
        ("number,kind,period,epoch\nTIC 5,planet,3.5,130\n", "1 of another catalog"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    """One line says what an empty table, or one with a renamed column, lacks."""
    with pytest.raises(UsageError, match=message) as error:
        _read(tmp_path, text)
    assert "\n" not in str(error.value)


def test_tables_that_repeat_each_other(tmp_path: Path) -> None:
    """An ephemeris that two tables have counts once, with what either of them knows."""
    without = _read(tmp_path, "number,kind,period,epoch\n5,pc,3.5,\n5,binary,3.5,130\n")
    other = _read(tmp_path, "number,kind,period,epoch,duration\n5,planet,3.5,130,2.5\n")
    read = combine([without, other])
    transit, binary = read.objects
    assert (transit.epoch_bjd, transit.duration_h) == (2454963.0, 2.5)
    assert binary.kind is ObjectKind.BINARY
    assert [source.used for source in read.sources] == [2, 0]
    assert read.sources[1].remarks[Remark.DUPLICATE] == 1


def test_the_preferred_table_says_what_it_is(tmp_path: Path) -> None:
    """A table without epochs gets them of another one, and its own kind and source stay."""
    preferred = _read(tmp_path, "number,kind,period,epoch,source\n5,planet,3.5,,notes\n")
    text = "number,name,kind,period,epoch,source\n5,K5.01,false positive,3.5001,130,other\n"
    (known,) = combine([preferred, _read(tmp_path, text)]).objects
    assert (known.kind, known.source) == (ObjectKind.PLANET, "notes")
    assert (known.name, known.period_d, known.epoch_bjd) == ("K5.01", 3.5001, 2454963.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "mission", "counts"),
    [
        ("koi_cumulative_2024-08-16.csv", "Kepler", {"objects": 9559, "epochs": 9559}),
        ("k2pandc_2025-10-04.csv", "K2", {"objects": 1203, "epochs": 0}),
        ("villanova_binaries.csv", "Kepler", {"objects": 2877, "epochs": 2875}),
        ("davenport_2016_flares.csv", "Kepler", {"objects": 4041, "epochs": 0}),
    ],
)
def test_published_tables(
    real_files: Path, name: str, mission: str, counts: dict[str, int]
) -> None:
    """The tables that were published are read as they are, and each row is accounted for."""
    path = real_files.parent / "catalogs" / name
    if not path.exists():
        pytest.skip("the published tables are not beside the real mission files")
    read = read_labels(path, MISSIONS[mission])
    n_epochs = sum(not math.isnan(one.epoch_bjd) for one in read.objects)
    assert {"objects": len(read.objects), "epochs": n_epochs} == counts
    kept = {Remark.NO_EPOCH, Remark.IMPOSSIBLE_EPOCH, Remark.RANGE_TOO_LARGE}
    kept |= {Remark.IMPOSSIBLE_DURATION, Remark.IMPOSSIBLE_DEPTH}
    dropped = sum(n for why, n in read.sources[0].remarks.items() if why not in kept)
    assert read.sources[0].rows == len(read.objects) + dropped
