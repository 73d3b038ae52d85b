"""A mirror finds the light curves of every mission in any directory tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing.core.errors import UsageError
from preprocessing.missions import SHORT, Product
from preprocessing.missions.targets import star_key
from preprocessing.simulator.mirror import NAMES_FILE, MirrorHoldings
from tests.support.fake_holdings import long_product

_STAR = 757076


def _write_file(folder: Path, product: Product, cards: tuple[str, ...] = ()) -> bytes:
    folder.mkdir(parents=True, exist_ok=True)
    lines = ("SIMPLE  =                    T", "BITPIX  =                    8", *cards, "END")
    body = "".join(line.ljust(80) for line in lines).encode().ljust(2880) + str(folder).encode()
    (folder / product.file_name).write_bytes(body)
    return body


def _position_cards(ra: str, dec: str) -> tuple[str, ...]:
    return (f"RA_OBJ  = {ra:>20}", f"DEC_OBJ = {dec:>20}")


def test_position_comes_from_the_first_header_that_has_one(tmp_path: Path) -> None:
    """A file without a readable header does not cost the star its position."""
    (tmp_path / long_product(_STAR, 0).file_name).write_bytes(b"not a FITS file")
    _write_file(tmp_path, long_product(_STAR, 1), _position_cards("", ""))
    _write_file(tmp_path, long_product(_STAR, 2), _position_cards("290.25", "44"))
    star = MirrorHoldings(tmp_path).star(_STAR)
    assert (star.ra_deg, star.dec_deg) == (290.25, 44.0)


def test_a_star_may_have_no_position(tmp_path: Path) -> None:
    """Without any header that tells it, the position is NaN, and the files are served."""
    _write_file(tmp_path, long_product(_STAR, 1))
    star = MirrorHoldings(tmp_path).star(_STAR)
    assert star.ra_deg != star.ra_deg
    assert len(star.products) == 1


def test_names_file_names_stars(tmp_path: Path) -> None:
    """A star may have several names; names of stars that are not held do no harm."""
    _write_file(tmp_path, long_product(_STAR, 1))
    table = f"name,kic\nKepler-1 ,{_STAR}\nTrES-2,{_STAR}\nKepler-2,42\n"
    (tmp_path / NAMES_FILE).write_text(table)
    assert MirrorHoldings(tmp_path).star(_STAR).names == ("Kepler-1", "TrES-2")


def test_stars_of_every_mission(tmp_path: Path) -> None:
    """A number belongs to its mission's star, although three catalogs may have it."""
    for name in (
        long_product(_STAR, 1).file_name,
        f"ktwo{_STAR:09d}-c13_llc.fits",
        f"tess2018206045859-s0001-{_STAR:016d}-0120-s_lc.fits",
        f"hlsp_qlp_tess_ffi_s0026-{_STAR:016d}_tess_v01_llc.fits",
    ):
        (tmp_path / name).write_bytes(b"")
    table = f"name,kic,epic,tic\nA,,{_STAR},\nB,,,{_STAR}\nC,{_STAR},,{_STAR}\n"
    (tmp_path / NAMES_FILE).write_text(table)
    mirror = MirrorHoldings(tmp_path)
    stars = [mirror.star(star_key(catalog, _STAR)) for catalog in ("KIC", "EPIC", "TIC")]
    assert [star.key for star in stars] == list(mirror.star_keys())
    assert [(star.mission.catalog, star.names) for star in stars] == [
        ("KIC", ("C",)),
        ("EPIC", ("A",)),
        ("TIC", ("B", "C")),
    ]
    assert [product.author for product in stars[2].products] == ["QLP", "SPOC"]


@pytest.mark.parametrize(
    "table", ["x,y\n1,2\n", "name,kic\na,b\n", "name,kic\na\n", "name,tic,epic\na,,\n"]
)
def test_unreadable_names_files(tmp_path: Path, table: str) -> None:
    """A table without the columns, or with something else than numbers, is refused."""
    _write_file(tmp_path, long_product(_STAR, 1))
    (tmp_path / NAMES_FILE).write_text(table)
    with pytest.raises(UsageError, match=NAMES_FILE):
        MirrorHoldings(tmp_path)


def test_real_files(real_files: Path) -> None:
    """Stars, files and positions are those of the mission files."""
    mirror = MirrorHoldings(real_files)
    star = mirror.star(8644288)
    assert len(star.products) == 18
    assert (star.ra_deg, star.dec_deg) == (298.07945, 44.74632)
    assert len([p for p in mirror.star(6462863).products if p.cadence == SHORT]) == 3
    tess = mirror.star(star_key("TIC", 162494287))
    assert [product.label for product in tess.products] == ["S23", "S50", "S51", "S52"]
    assert round(tess.dec_deg, 4) == 52.9439
    halves = mirror.star(star_key("EPIC", 221312395)).products
    assert [product.label for product in halves] == ["C91", "C92"]
