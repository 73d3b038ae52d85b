"""The index of a directory finds light curves in any tree."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from preprocessing.core.errors import UsageError
from preprocessing.fits.mirror import MirrorIndex
from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import LONG_STAMPS, SHORT_STAMPS, kepler_product
from tests.support.sample_files import FIRST_QUARTER, make_file, make_rows

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


def _real_names(mirror: MirrorIndex) -> list[str]:
    return [product.file_name for key in mirror.star_keys() for product in mirror.products(key)]


@pytest.mark.parametrize(
    "name",
    [
        *("mine.fits", "KPLR-Q1.FITS", "kplr000757076 (2).fits", "q1.fits.1", "q1.fit.gz"),
        *("KIC757076_q1", "q1.dat", "q1.bak.gz"),
    ],
)
def test_a_renamed_file_is_recognized_by_its_header(tmp_path: Path, name: str) -> None:
    """A light curve with another name is the file that its headers describe."""
    body = make_file()
    (tmp_path / name).write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    mirror = MirrorIndex(tmp_path)
    assert mirror.products(_STAR) == (FIRST_QUARTER,)
    assert mirror.body(FIRST_QUARTER) == body
    assert mirror.unread_files == ()


@pytest.mark.parametrize("cadence", [LONG, SHORT])
def test_a_renamed_file_of_any_cadence_is_recognized(tmp_path: Path, cadence: str) -> None:
    """Long and short cadence of a quarter are told apart, and so are the months."""
    stamp = LONG_STAMPS[3][0] if cadence == LONG else SHORT_STAMPS[3][1]
    product = kepler_product(stamp, _STAR, cadence)
    rows = make_rows(60, seed=3)
    (tmp_path / "renamed.fits").write_bytes(make_file(product, rows))
    assert _real_names(MirrorIndex(tmp_path)) == [product.file_name]


def test_a_light_curve_that_nothing_tells_is_named(tmp_path: Path) -> None:
    """A light curve whose name and header do not say which it is is named, not dropped."""
    _write_file(tmp_path, long_product(_STAR, 1))
    saved_again = make_file(table={"TTYPE1": "time", "TTYPE4": "flux", "TTYPE8": "flux2"})
    (tmp_path / "mine.fits").write_bytes(saved_again)
    mirror = MirrorIndex(tmp_path)
    assert mirror.unread_files == (str(tmp_path / "mine.fits"),)
    assert mirror.products(_STAR) == (FIRST_QUARTER,)


@pytest.mark.parametrize("length", [2000, 2880, 7000])
def test_a_renamed_file_that_is_cut_off_is_named(tmp_path: Path, length: int) -> None:
    """A file about a star whose headers are cut off is named if its name tells nothing."""
    _write_file(tmp_path, long_product(_STAR, 1))
    (tmp_path / "mine.fits").write_bytes(make_file()[:length])
    assert MirrorIndex(tmp_path).unread_files == (str(tmp_path / "mine.fits"),)


@pytest.mark.parametrize(
    ("ending", "content"),
    [(".bz2", b"BZh9"), (" (1)", b""), (".Z", b"\x1f\x9d"), (" (copy)", b"<html>")],
)
def test_what_has_a_light_curves_name_and_is_none_is_named(
    tmp_path: Path, ending: str, content: bytes
) -> None:
    """A packed or damaged file with a light curve's name, but for its ending, is named."""
    _write_file(tmp_path, long_product(_STAR, 1))
    stem = long_product(_STAR, 2).file_name.removesuffix(".fits")
    name = f"{stem}{ending}.fits" if "(" in ending else f"{stem}.fits{ending}"
    (tmp_path / name).write_bytes(content)
    (tmp_path / f"._{stem}.fits").write_bytes(b"of another system")
    (tmp_path / "notes.txt").write_text("no light curve")
    assert MirrorIndex(tmp_path).unread_files == (str(tmp_path / name),)


def test_other_products_and_outputs_are_not_named(tmp_path: Path) -> None:
    """Target pixels, other FITS files and this program's own outputs are none of a star's files."""
    _write_file(tmp_path, long_product(_STAR, 1))
    pixels = make_file(table={"EXTNAME": "TARGETTABLES"})
    (tmp_path / "kplr000757076-2009166043257_lpd-targ.fits.gz").write_bytes(gzip.compress(pixels))
    (tmp_path / "pixels.fits").write_bytes(pixels)
    (tmp_path / "output.fits").write_bytes(make_file(primary={"ORIGIN": "XENOSCAN"}))
    (tmp_path / "text.fits").write_text("no light curve")
    assert MirrorIndex(tmp_path).unread_files == ()


def test_files_in_bundles_and_gzip_files_are_found(tmp_path: Path) -> None:
    """Files that gzip packed, or that lie in bundles, are as good as others."""
    products = [long_product(_STAR, quarter) for quarter in (1, 2, 3)]
    bodies = [product.file_name.encode() for product in products]
    (tmp_path / f"{products[0].file_name}.gz").write_bytes(gzip.compress(bodies[0]))
    for product, body, mode in zip(products[1:], bodies[1:], ("w", "w:gz"), strict=True):
        name = tmp_path / ("a.tar" if mode == "w" else "a.tgz")
        with tarfile.open(name, mode) as tar:  # type: ignore[call-overload]
            member = tarfile.TarInfo(f"Kepler/{product.file_name}")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    mirror = MirrorIndex(tmp_path)
    assert [mirror.body(product) for product in mirror.products(_STAR)] == bodies


def test_every_copy_of_a_file_is_known(tmp_path: Path) -> None:
    """All copies of a file are known: the unpacked ones first, then by their paths."""
    product = long_product(_STAR, 1)
    (tmp_path / f"{product.file_name}.gz").write_bytes(gzip.compress(b"packed"))
    bodies = [_write_file(tmp_path / folder, product) for folder in ("b", "c")]
    mirror = MirrorIndex(tmp_path)
    assert [copy.read() for copy in mirror.copies(product)] == [*bodies, b"packed"]
