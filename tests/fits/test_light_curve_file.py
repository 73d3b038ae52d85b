"""An output is read as arrays."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.errors import CorruptProduct, ProductError, UnreadableProduct
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import BLOCK, read_hdu
from preprocessing.fits.light_curve_file import read_light_curve
from preprocessing.missions import MISSIONS
from tests.support.light_curve_checks import assert_same_numbers
from tests.support.mission_samples import SAMPLES, layout_of, product_of, sample_file
from tests.support.outputs import KINDS, write_output, write_sample

_ARRAYS = (
    *("time", "flux", "flux_err", "quality", "cadence_number", "sequence_number"),
    *("centroid_col", "centroid_row"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_hold_the_numbers_of_the_file(kind: str, tmp_path: Path) -> None:
    """Outputs of every mission and author give astropy's numbers, whatever columns they lack."""
    path = write_sample(tmp_path, kind)
    star = read_light_curve(path, verify=True)
    assert_same_numbers(star, path)
    layout = layout_of(product_of(kind))
    assert star.flux.dtype == (np.float64 if layout.is_double else np.float32)
    assert np.isnan(star.centroid_col).all() == (layout.centroids is None)


def test_arrays_are_native_and_own_their_memory(tmp_path: Path) -> None:
    """Arrays can be changed, and handed to libraries that refuse foreign byte orders."""
    star = read_light_curve(write_sample(tmp_path, "Kepler"))
    for name in _ARRAYS:
        array = getattr(star, name)
        assert array.dtype.isnative, name
        assert array.flags.owndata and array.flags.writeable and array.flags.c_contiguous, name
        assert len(array) == len(star) == 60, name


def test_metadata_say_what_was_stitched(tmp_path: Path) -> None:
    """The attributes and the header tell star, mission, files, and what is missing."""
    names = ("kplr000757076-2009166043257_llc.fits", "kplr000757076-2009259160929_llc.fits")
    used, failed = map(product_of, names)
    path = write_output(tmp_path, [used], [failed])
    star = read_light_curve(str(path))
    assert (star.name, star.number, star.mission) == ("KIC 757076", 757076, "Kepler")
    assert (star.author, star.cadence, star.exposure_s) == ("Kepler", "long", 1765.5)
    assert (star.flux_column, star.quality_bitmask) == ("PDCSAP_FLUX", 1130799)
    assert (star.bjd_reference, star.sequence, star.is_synthetic) == (2454833, "quarter", False)
    assert star.path == path
    assert [record.label for record in star.files] == ["Q1", "Q2"]
    assert [record.label for record in star.files_used] == ["Q1"]
    assert [record.reason for record in star.files_missing] == [Reason.TIMEOUT]
    assert star.header["RA_OBJ"] == 84.29
    assert star.header["NORMALIZED"] is True
    assert star.header["TEFF"] is None
    assert f"xenoscan LightCurve {star.program_version}" == star.header["CREATOR"]
    assert "KIC 757076" in repr(star)
    assert len(repr(star)) < 500


@pytest.mark.parametrize("kind", ["Kepler short", "K2SFF", "SPOC fast", "QLP"])
def test_metadata_of_other_missions_and_authors(kind: str, tmp_path: Path) -> None:
    """Mission, author, cadence and the zero of time are those of the files."""
    product = product_of(kind)
    star = read_light_curve(write_sample(tmp_path, kind))
    assert (star.mission, star.author) == (product.mission, product.author)
    assert (star.cadence, star.exposure_s) == (product.cadence, product.exposure_s)
    assert star.bjd_reference == MISSIONS[product.mission].bjd_reference
    assert set(star.sequence_number) == {product.sequence_number}


@pytest.mark.parametrize("change", ["longer", "shorter", "one block", "rows"])
def test_damaged_structure_is_refused_without_checksums(change: str, tmp_path: Path) -> None:
    """A file that is cut off, lengthened, or counts its rows wrongly names itself as corrupt."""
    path = write_sample(tmp_path, "Kepler")
    content = path.read_bytes()
    changed = {
        "longer": content + bytes(BLOCK),
        "shorter": content[:-1],
        "one block": content[:BLOCK],
        "rows": content.replace(f"NAXIS2  ={60:21}".encode(), f"NAXIS2  ={59:21}".encode()),
    }
    path.write_bytes(changed[change])
    with pytest.raises(CorruptProduct, match=path.name):
        read_light_curve(path)


def test_checksums_are_added_up_when_asked_for(tmp_path: Path) -> None:
    """One changed bit among the numbers is found with `verify`, and not without."""
    path = write_sample(tmp_path, "Kepler")
    content = path.read_bytes()
    start = read_hdu(content, read_hdu(content, 0).end).data_start
    content = content[:start] + bytes([content[start] ^ 1]) + content[start + 1 :]
    path.write_bytes(content)
    read_light_curve(path)
    with pytest.raises(CorruptProduct, match="checksum"):
        read_light_curve(path, verify=True)


@pytest.mark.parametrize("content", [b"", b"kepid,period\n757076,1.5\n", b"\x89PNG"])
def test_other_kinds_of_files_are_unreadable(content: bytes, tmp_path: Path) -> None:
    """A text file, an image or an empty file is not taken for a damaged light curve."""
    path = tmp_path / "notes.fits"
    path.write_bytes(content)
    with pytest.raises(UnreadableProduct, match=r"notes\.fits: not a FITS file"):
        read_light_curve(path)


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_the_missions_are_unreadable(kind: str, tmp_path: Path) -> None:
    """A file of the archive is named as what it is not: a stitched light curve."""
    path = tmp_path / SAMPLES[kind]
    path.write_bytes(sample_file(product_of(kind)))
    with pytest.raises(UnreadableProduct, match="ORIGIN is"):
        read_light_curve(path)


def test_real_mission_files_are_unreadable(real_files: Path) -> None:
    """The files that the archive serves are no outputs."""
    for path in real_files.rglob("*.fits"):
        with pytest.raises(UnreadableProduct):
            read_light_curve(path)


def test_absent_files_are_errors_of_the_system(tmp_path: Path) -> None:
    """A wrong path is told as Python tells it."""
    with pytest.raises(FileNotFoundError):
        read_light_curve(tmp_path / "KIC_1.fits")
    with pytest.raises(IsADirectoryError):
        read_light_curve(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_keep_nobody_waiting(tmp_path: Path) -> None:
    """A named pipe among the light curves is refused at once."""
    os.mkfifo(tmp_path / "a.fits")
    with pytest.raises((OSError, ProductError)):
        read_light_curve(tmp_path / "a.fits")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_sample(tmp_path_factory.mktemp("sound"), "SPOC").read_bytes()


@pytest.mark.slow
@given(data=st.data())
def test_damage_raises_named_errors_only(
    data: st.DataObject, sound: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever happens to a few bytes, reading ends in a named error or with what was written."""
    content = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "a.fits"
    size = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    path.write_bytes(content[:size])
    for verify in (False, True):
        star = None
        with suppress(ProductError):
            star = read_light_curve(path, verify=verify)
    assert star is None or path.read_bytes() == sound
