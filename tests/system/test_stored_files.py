"""Files are found and read as they are, in gzip files and in bundles, within limits."""

from __future__ import annotations

import gzip
import io
import logging
import tarfile
import threading
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from preprocessing.core.errors import CorruptProduct
from preprocessing.system import stored_files
from preprocessing.system.found_files import find_files
from preprocessing.system.stored_files import StoredFile

_BODIES = {f"a/b/star{n}.fits": np.random.default_rng(n).bytes(50_000 + n) for n in range(20)}


def _bundle(path: Path, bodies: Mapping[str, bytes], mode: str) -> Path:
    if mode == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, body in bodies.items():
                zipped.writestr(name, body)
        return path
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, body in bodies.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return path


def _found(folder: Path) -> dict[str, StoredFile]:
    return {file.name: file for file in find_files(str(folder))}


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        *(("a.tar", "w"), ("a.tgz", "w:gz"), ("a.tar.gz", "w:gz"), ("A.TGZ", "w:gz")),
        ("MAST_2026-11-29T2200.zip", "zip"),
    ],
)
def test_every_file_of_a_bundle_is_read(tmp_path: Path, name: str, mode: str) -> None:
    """Each file of a bundle has its bytes, in any order, and says where it is."""
    path = _bundle(tmp_path / name, _BODIES, mode)
    found = _found(tmp_path)
    assert len(found) == len(_BODIES)
    for member in reversed(_BODIES):
        file = found[Path(member).name]
        assert file.read() == _BODIES[member]
        assert file.read(7) == _BODIES[member][:7]
        assert (file.size(), file.where) == (len(_BODIES[member]), f"{path}: {member}")


def test_several_threads_read_a_bundle(tmp_path: Path) -> None:
    """Threads that read the same bundle at once get the right bytes."""
    _bundle(tmp_path / "a.tgz", _BODIES, "w:gz")
    found = _found(tmp_path)
    barrier = threading.Barrier(4)

    def read(start: int) -> bool:
        barrier.wait()
        names = [*_BODIES][start::2] * 3
        return all(found[Path(name).name].read() == _BODIES[name] for name in names)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(read, (0, 1, 0, 1)))


def test_gzip_files_are_unpacked(tmp_path: Path) -> None:
    """A gzip file has the name and the bytes of what is in it, also within a bundle."""
    body = _BODIES["a/b/star3.fits"]
    (tmp_path / "x.fits.gz").write_bytes(gzip.compress(body))
    (tmp_path / "y.fits.gz").write_bytes(gzip.compress(body[:9]) + gzip.compress(body[9:]))
    _bundle(tmp_path / "z.tar", {"z.fits.gz": gzip.compress(body)}, "w")
    found = _found(tmp_path)
    assert sorted(found) == ["x.fits", "y.fits", "z.fits"]
    for file in found.values():
        assert (file.read(), file.read(100), file.size()) == (body, body[:100], len(body))


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[:200]])
def test_a_damaged_gzip_file_is_corrupt(tmp_path: Path, damage: object) -> None:
    """A gzip file that is cut off is corrupt and says where it is."""
    assert callable(damage)
    path = tmp_path / "x.fits.gz"
    path.write_bytes(damage(gzip.compress(_BODIES["a/b/star1.fits"])))
    (file,) = find_files(str(tmp_path))
    with pytest.raises(CorruptProduct, match=r"x\.fits\.gz cannot be unpacked"):
        file.read()


def test_a_flipped_bit_in_a_gzip_file_is_found(tmp_path: Path) -> None:
    """The checksum of a gzip file is verified."""
    packed = bytearray(gzip.compress(_BODIES["a/b/star1.fits"], compresslevel=0))
    packed[5000] ^= 1
    (tmp_path / "x.fits.gz").write_bytes(packed)
    (file,) = find_files(str(tmp_path))
    with pytest.raises(CorruptProduct):
        file.read()


def test_what_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gzip file that unpacks to more than any light curve is refused before it fills memory."""
    monkeypatch.setattr(stored_files, "_LARGEST_FILE", 10**6)
    (tmp_path / "x.fits.gz").write_bytes(gzip.compress(bytes(2 * 10**6)))
    (file,) = find_files(str(tmp_path))
    with pytest.raises(CorruptProduct, match="more than 1000000 bytes"):
        file.read()


def test_a_bundle_is_read_no_further_than_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a bundle that unpacks to absurdly much, only the files before that are read."""
    monkeypatch.setattr(stored_files, "_LARGEST_BUNDLE", 10**6)
    bodies = {"first.fits": b"1" * 1000, "long.bin": bytes(5 * 10**6), "last.fits": b"2"}
    _bundle(tmp_path / "a.tgz", bodies, "w:gz")
    with caplog.at_level(logging.WARNING):
        assert sorted(_found(tmp_path)) == ["first.fits", "long.bin"]
    assert "not read any further" in caplog.text


def test_a_bundle_that_ends_early_keeps_its_first_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The files before the end of a torn bundle are read, and the bundle is named."""
    for name, mode in (("a.tar", "w"), ("b.tgz", "w:gz")):
        path = _bundle(tmp_path / name, _BODIES, mode)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with caplog.at_level(logging.WARNING):
            found = _found(tmp_path)
        assert 5 < len(found) <= 11
        sound = [*_BODIES][: len(found) - 1]
        assert all(found[Path(name).name].read() == _BODIES[name] for name in sound)
        assert str(path) in caplog.text
        path.unlink()
        caplog.clear()


def test_no_bundle_at_all(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that is no bundle but has its ending is named and holds nothing."""
    (tmp_path / "a.tar").write_bytes(b"not a bundle" * 100)
    with caplog.at_level(logging.WARNING):
        assert _found(tmp_path) == {}
    assert "a.tar" in caplog.text


def test_only_regular_files_of_a_bundle_are_listed(tmp_path: Path) -> None:
    """Links, folders and paths that lead out do no harm: nothing is unpacked to disk."""
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo(f"link{kind!r}.fits")
            member.type, member.linkname = kind, "/etc/hosts"
            tar.addfile(member)
        member = tarfile.TarInfo("../../out.fits")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"abc"))
    found = _found(tmp_path)
    assert [*found] == ["out.fits"]
    assert found["out.fits"].read() == b"abc"
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


def test_a_damaged_zip_bundle(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file of a zip bundle with a wrong checksum is corrupt, and a torn bundle is named."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as zipped:
        zipped.writestr("x.fits", b"body" * 1000)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"bodybody", b"bodyBODY", 1))
    (file,) = find_files(str(tmp_path))
    with pytest.raises(CorruptProduct, match="cannot be unpacked"):
        file.read()
    path.write_bytes(whole[:2000])
    with caplog.at_level(logging.WARNING):
        assert list(find_files(str(tmp_path))) == []
    assert "a.zip: not read" in caplog.text


def test_bundles_that_are_not_read_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A bundle of another kind, or in a bundle, is named, for it may hold light curves."""
    (tmp_path / "a.tar.bz2").write_bytes(b"BZh9")
    (tmp_path / "inner.tgz").write_bytes(b"")
    with tarfile.open(tmp_path / "outer.tar", "w") as outer:
        outer.add(tmp_path / "inner.tgz", "inner.tgz")
    (tmp_path / "inner.tgz").unlink()
    assert list(find_files(str(tmp_path))) == []
    assert f"{tmp_path / 'a.tar.bz2'}: not read: a bundle of this kind" in caplog.text
    assert f"{tmp_path / 'outer.tar'}: inner.tgz: not read: a bundle in a bundle" in caplog.text
