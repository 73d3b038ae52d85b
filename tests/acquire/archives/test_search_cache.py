"""Search answers are kept, each archive's apart, and a bad cache stops nothing."""

from __future__ import annotations

import json
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from preprocessing.acquire.archives.base import StarFiles
from preprocessing.acquire.archives.search_cache import SearchCache
from preprocessing.missions.recipe import make_recipe
from tests.support.fake_holdings import held_star

_DAY_S = 86400.0
_LONG, _SHORT = make_recipe(), make_recipe(cadence="short")


class FakeClock:
    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


def _star(kic: int = 757076, separation_arcsec: float | None = None) -> StarFiles:
    files = held_star(kic, quarters=(1, 2, 3)).products
    return StarFiles(
        kic, files[:2], "Kepler", "long", (4, 4, 7), separation_arcsec, left_out=files[2:]
    )


def _file(folder: Path) -> Path:
    (path,) = folder.glob("*.sqlite")
    return path


@pytest.mark.slow
def test_keeps_answers(tmp_path: Path) -> None:
    """Another cache over the same folder knows every field of what was stored."""
    stars = {f"kic{kic}": _star(kic, 0.25) for kic in range(1, 1201)}
    first = SearchCache(tmp_path / "new" / "folder", "mast")
    first.store_stars(_LONG, stars)
    first.close()
    second = SearchCache(tmp_path / "new" / "folder", "mast")
    assert second.stars(_LONG, [*stars, "kic0"]) == stars
    assert second.stars(_SHORT, stars) == {}
    second.close()


def test_keeps_holdings(tmp_path: Path) -> None:
    """The numbers stored under a prefix are known afterwards for that recipe."""
    cache = SearchCache(tmp_path, "mast")
    assert cache.holdings(_LONG, "kplr000") is None
    cache.store_holdings(_LONG, "kplr000", [1, 5])
    assert cache.holdings(_LONG, "kplr000") == [1, 5]
    assert cache.holdings(_SHORT, "kplr000") is None
    cache.close()


def test_fluxes_are_apart(tmp_path: Path) -> None:
    """The files of a star can depend on the flux, so an answer counts for one flux alone."""
    cache = SearchCache(tmp_path, "mast")
    one, other = (make_recipe(flux=flux) for flux in ("pdcsap", "sap"))
    cache.store_stars(one, {"kic1": _star(1)})
    assert cache.stars(one, ["kic1"]) == {"kic1": _star(1)}
    assert cache.stars(other, ["kic1"]) == {}
    cache.close()


def test_archives_are_apart(tmp_path: Path) -> None:
    """Two archives in one folder neither see nor overwrite each other's answers."""
    one, other = SearchCache(tmp_path, "mast"), SearchCache(tmp_path, "http://host")
    one.store_stars(_LONG, {"kepler-10": _star(1)})
    assert other.stars(_LONG, ["kepler-10"]) == {}
    other.store_stars(_LONG, {"kepler-10": _star(2)})
    assert one.stars(_LONG, ["kepler-10"]) == {"kepler-10": _star(1)}
    one.close()
    other.close()


def test_a_clock_that_is_set_back(tmp_path: Path) -> None:
    """Answers from an hour ahead count, and answers from years ahead do not."""
    for ahead_s, known in ((3600.0, True), (3650 * _DAY_S, False)):
        clock = FakeClock()
        clock.now += ahead_s
        cache = SearchCache(tmp_path / str(known), "mast", clock)
        cache.store_stars(_LONG, {"kic757076": _star()})
        clock.now -= ahead_s
        assert bool(cache.stars(_LONG, ["kic757076"])) == known
        cache.close()


def test_answers_expire(tmp_path: Path) -> None:
    """An answer counts for 30 days and is removed when the cache next opens."""
    clock = FakeClock()
    cache = SearchCache(tmp_path, "mast", clock)
    cache.store_stars(_LONG, {"kic757076": _star()})
    clock.now += 29.9 * _DAY_S
    assert cache.stars(_LONG, ["kic757076"])
    clock.now += 0.2 * _DAY_S
    assert cache.stars(_LONG, ["kic757076"]) == {}
    cache.close()
    SearchCache(tmp_path, "mast", clock).close()
    database = sqlite3.connect(_file(tmp_path))
    assert database.execute("SELECT count(*) FROM answers").fetchone() == (0,)
    database.close()


def _check_works(folder: Path) -> None:
    cache = SearchCache(folder, "mast")
    cache.store_stars(_LONG, {"kic757076": _star()})
    assert cache.stars(_LONG, ["kic757076"]) == {"kic757076": _star()}
    cache.close()


def test_damaged_file_is_begun_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that is no database is replaced with a warning, and the new one works."""
    _check_works(tmp_path)
    _file(tmp_path).write_bytes(b"not a database, but long enough to look like one" * 200)
    with caplog.at_level(logging.WARNING):
        _check_works(tmp_path)
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    assert "begun anew" in caplog.text


def test_fails_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that fails in use causes one warning, and the next run uses it again."""
    cache = SearchCache(tmp_path, "mast")
    cache.store_stars(_LONG, {"kic757076": _star()})
    database = sqlite3.connect(_file(tmp_path))
    with database:
        database.execute("DROP TABLE answers")
    database.close()
    for _ in range(2):
        assert cache.stars(_LONG, ["kic757076"]) == {}
        cache.store_stars(_LONG, {"kic757076": _star()})
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "not used any more in this run" in caplog.text
    cache.close()
    _check_works(tmp_path)


@pytest.mark.slow
def test_damaged_pages_are_begun_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Damage behind an intact header is found on opening, and the file is replaced."""
    cache = SearchCache(tmp_path, "mast")
    cache.store_stars(_LONG, {f"kic{kic}": _star(kic) for kic in range(500)})
    cache.close()
    path = _file(tmp_path)
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(content)
    _check_works(tmp_path)
    assert "begun anew" in caplog.text


def _entry(name: str) -> list[str]:
    return [name, f"mast:KEPLER/{name}"]


_SOUND: dict[str, Any] = {
    "number": 757076,
    "author": "Kepler",
    "cadence": "long",
    "files": [_entry("kplr000757076-2009166043257_llc.fits")],
    "left_out": [_entry("kplr000757076-2009259160929_llc.fits")],
    "unlisted_quarters": [4],
    "separation_arcsec": 0.5,
}


def _poison(folder: Path, answer: object) -> SearchCache:
    """Return a cache in which one star's answer was replaced by another text."""
    cache = SearchCache(folder, "mast")
    cache.store_stars(_LONG, {"kic757076": _star()})
    cache.store_holdings(_LONG, "kplr000", [1])
    database = sqlite3.connect(_file(folder))
    with database:
        database.execute("UPDATE answers SET answer = ?", (answer,))
    database.close()
    return cache


def test_the_answer_that_is_poisoned_below_is_sound(tmp_path: Path) -> None:
    """The unchanged answer is accepted, so each poison is refused for its change."""
    cache = _poison(tmp_path, json.dumps(_SOUND))
    assert cache.stars(_LONG, ["kic757076"])["kic757076"].unlisted_numbers == (4,)
    cache.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "poison",
    [
        {"number": "757076"},
        {"number": True},
        {"number": 1},
        {"number": 10**400},
        {"files": [_entry("kplr000000001-2009166043257_llc.fits")]},
        {"files": [_entry("kplr000757076-2009166044711_slc.fits")]},
        {"files": [_entry("../../kplr000757076-2009166043257_llc.fits")]},
        {"files": _SOUND["files"] * 2},
        {"files": {"a": 1}},
        {"files": ["kplr000757076-2009166043257_llc.fits"]},
        {"files": [["kplr000757076-2009166043257_llc.fits", 1]]},
        {"files": [["kplr000757076-2009166043257_llc.fits"]]},
        {"left_out": _SOUND["files"]},
        {"left_out": _SOUND["left_out"] * 2},
        {"left_out": [_entry("kplr000000001-2009166043257_llc.fits")]},
        {"left_out": None},
        {"author": "K2"},
        {"author": 1},
        {"cadence": "short"},
        {"unlisted_quarters": [18]},
        {"unlisted_quarters": [-1]},
        {"unlisted_quarters": [True]},
        {"unlisted_quarters": ["4"]},
        pytest.param({"unlisted_quarters": [4] * 10**6}, id="a million quarters"),
        {"unlisted_quarters": 4},
        {"separation_arcsec": "near"},
        {"separation_arcsec": float("nan")},
        {"separation_arcsec": -1.0},
    ],
    ids=lambda poison: f"{poison!s:.40}",
)
def test_a_poisoned_star_is_unknown(tmp_path: Path, poison: dict[str, Any]) -> None:
    """A cached answer with a wrong star, file or number is searched for again."""
    cache = _poison(tmp_path, json.dumps({**_SOUND, **poison}))
    assert cache.stars(_LONG, ["kic757076"]) == {}
    cache.close()


@pytest.mark.parametrize(
    "numbers", [[0], [-1], [10**16], [2, 1], [1, 1], ["1"], [1.0], [True], [1e400], "12", {"1": 2}]
)
def test_poisoned_holdings_are_unknown(tmp_path: Path, numbers: object) -> None:
    """A cached list that is not ascending numbers is requested again."""
    cache = _poison(tmp_path, json.dumps({"numbers": numbers}))
    assert cache.holdings(_LONG, "kplr000") is None
    cache.close()


@pytest.mark.parametrize("answer", [None, 7, 7.5, b"\xff\xfe", "[" * 10**5, "1" * 10**5])
def test_an_answer_that_is_no_json_is_unknown(tmp_path: Path, answer: object) -> None:
    """A cached value that is no JSON is unknown, whatever its type."""
    cache = _poison(tmp_path, answer)
    assert cache.stars(_LONG, ["kic757076"]) == {}
    assert cache.holdings(_LONG, "kplr000") is None
    cache.close()


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"files": ["x.fits"]}', '{"numbers": ["x"]}'])
def test_damaged_answer_is_unknown(tmp_path: Path, text: str) -> None:
    """A cached answer that is incomplete is searched for again."""
    cache = SearchCache(tmp_path, "mast")
    cache.store_stars(_LONG, {"kic757076": _star()})
    cache.store_holdings(_LONG, "kplr000", [1])
    database = sqlite3.connect(_file(tmp_path))
    with database:
        database.execute("UPDATE answers SET answer = ?", (text,))
    database.close()
    assert cache.stars(_LONG, ["kic757076"]) == {}
    assert cache.holdings(_LONG, "kplr000") is None
    cache.close()


def test_unusable_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An unusable folder causes one warning, and the cache then does nothing."""
    (tmp_path / "file").write_text("in the way")
    cache = SearchCache(tmp_path / "file", "mast")
    cache.store_stars(_LONG, {"kic757076": _star()})
    cache.store_holdings(_LONG, "kplr000", [1])
    assert cache.stars(_LONG, ["kic757076"]) == {}
    assert cache.holdings(_LONG, "kplr000") is None
    cache.close()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "answers are not kept" in caplog.text


def test_closed_cache_knows_nothing(tmp_path: Path) -> None:
    """A search that outlives the run does not fail on the closed file."""
    cache = SearchCache(tmp_path, "mast")
    cache.store_stars(_LONG, {"kic757076": _star()})
    cache.close()
    assert cache.stars(_LONG, ["kic757076"]) == {}
    cache.close()
