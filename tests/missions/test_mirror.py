"""The index of a directory finds light curves in any tree."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from preprocessing.core.errors import UsageError
from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from preprocessing.missions.mirror import MirrorIndex

_STAR = 757076


def long_product(number: int, quarter: int) -> Product:
    return kepler_product(LONG_STAMPS[quarter][0], number, LONG)


def _write_file(folder: Path, product: Product) -> bytes:
    folder.mkdir(parents=True, exist_ok=True)
    body = str(folder).encode()
    (folder / product.file_name).write_bytes(body)
    return body


def test_files_are_found_by_name_in_any_tree(tmp_path: Path) -> None:
    """Files are found by name in any folder, and stars and files are in order."""
    late, early = long_product(_STAR, 5), long_product(_STAR, 1)
    short = kepler_product("2009166044711", _STAR, SHORT)
    body = _write_file(tmp_path / "b" / "c", late)
    for folder, product in (("a", early), ("", short), ("z", long_product(42, 3))):
        _write_file(tmp_path / folder, product)
    (tmp_path / "kplr000757076-2009166043257_lpd-targ.fits.gz").write_bytes(b"")
    (tmp_path / "tess2018206045859-s0001-0000000025155310-0120-s_tp.fits").write_bytes(b"")
    mirror = MirrorIndex(tmp_path)
    assert list(mirror.star_keys()) == [42, _STAR]
    products = mirror.products(_STAR)
    assert [p for p in products if p.cadence == LONG] == [early, late]
    assert short in products
    assert mirror.body(late) == body
    assert mirror.size(late) == len(body)


def test_unknown_stars_and_files(tmp_path: Path) -> None:
    """An unknown star or file is a KeyError, also after a deletion."""
    _write_file(tmp_path, long_product(_STAR, 1))
    mirror = MirrorIndex(tmp_path)
    with pytest.raises(KeyError):
        mirror.products(1)
    with pytest.raises(KeyError):
        mirror.body(long_product(_STAR, 2))
    (tmp_path / long_product(_STAR, 1).file_name).unlink()
    with pytest.raises(KeyError):
        mirror.body(long_product(_STAR, 1))
    with pytest.raises(KeyError):
        mirror.size(long_product(_STAR, 1))


def test_of_two_files_of_one_name_the_first_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The order of paths decides, and one warning counts the others."""
    product = long_product(_STAR, 1)
    bodies = [_write_file(tmp_path / folder, product) for folder in ("a", "b", "c/d")]
    with caplog.at_level(logging.WARNING):
        mirror = MirrorIndex(tmp_path)
    assert mirror.body(product) == bodies[0]
    (record,) = caplog.records
    assert "2 files have the name of another" in record.getMessage()


def test_links_are_followed_and_loops_do_no_harm(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Linked files are served, and a link to a folder above adds nothing."""
    product = long_product(_STAR, 1)
    body = _write_file(tmp_path / "elsewhere", product)
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (root / "sub" / "up").symlink_to(root, target_is_directory=True)
    (tmp_path / "elsewhere" / "down").symlink_to(root, target_is_directory=True)
    mirror = MirrorIndex(root)
    assert mirror.body(product) == body
    assert caplog.records == []


def test_nothing_to_serve(tmp_path: Path) -> None:
    """A folder that is absent or has no light curve is refused."""
    with pytest.raises(UsageError, match="not a directory"):
        MirrorIndex(tmp_path / "absent")
    with pytest.raises(UsageError, match="no light-curve file"):
        MirrorIndex(tmp_path)


def test_paths_are_in_the_order_of_files(tmp_path: Path) -> None:
    """The paths follow the order of the files, one each."""
    products = [long_product(_STAR, quarter) for quarter in (3, 1)]
    for folder, product in zip("ab", products, strict=True):
        _write_file(tmp_path / folder, product)
    index = MirrorIndex(tmp_path)
    assert [Path(path).name for path in index.paths(_STAR)] == [
        product.file_name for product in index.products(_STAR)
    ]
