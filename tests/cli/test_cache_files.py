"""Caches are found, and so are the damaged files in them."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.cli import cache_files
from preprocessing.cli.cache_files import (
    Cache,
    all_files,
    belongings,
    find_caches,
    find_problem,
    fits_files,
    refuse_unsafe,
    remove_files,
)
from preprocessing.core.errors import UsageError
from preprocessing.fits.format import BLOCK

HTML = b"<!DOCTYPE html><html><body>503 Service Unavailable</body></html>"


def make_fits(checksum: bool = True) -> bytes:
    """Return a file with a primary HDU, a table and an image, as missions' files have."""
    primary = fits.PrimaryHDU()
    primary.header["NEXTEND"] = 2
    column = fits.Column("FLUX", "E", array=np.arange(2000, dtype="f4"))
    image = fits.ImageHDU(np.ones((20, 20), dtype="i4"))
    file = io.BytesIO()
    hdus = fits.HDUList([primary, fits.BinTableHDU.from_columns([column]), image])
    hdus.writeto(file, checksum=checksum)
    return file.getvalue()


GOOD = make_fits()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home directory, with no other place configured."""
    folder = (tmp_path / "home").resolve()
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "ASTROPY_CACHE_DIR", "ASTROPY_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    cache_files._LightkurveConf().reload()
    return folder


def lightkurve_cache(folder: Path) -> Cache:
    content = folder / "mastDownload"
    content.mkdir(parents=True)
    return Cache("lightkurve", folder, content)


def put(path: Path, body: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


class TestFindProblem:
    @pytest.mark.parametrize("body", [GOOD, make_fits(checksum=False), gzip.compress(GOOD)])
    def test_accepts_sound_files(self, tmp_path: Path, body: bytes) -> None:
        """A complete file is sound, with or without CHECKSUM, compressed or not."""
        assert find_problem(put(tmp_path / "a.fits", body)) is None

    @pytest.mark.parametrize(
        ("body", "problem"),
        [
            (b"", "no bytes"),
            (HTML, "not a FITS file: begins"),
            (HTML.ljust(BLOCK), "not a FITS file"),
            (GOOD[:-1], "block"),
            (GOOD[:-BLOCK], "announced"),
            (gzip.compress(GOOD)[:-100], "end-of-stream"),
            (gzip.compress(GOOD[:-BLOCK]), "announced"),
        ],
    )
    def test_names_the_problem(self, tmp_path: Path, body: bytes, problem: str) -> None:
        """An empty, cut or foreign file has a problem that says so."""
        assert problem in str(find_problem(put(tmp_path / "a.fits", body)))

    @pytest.mark.slow
    @given(length=st.integers(0, len(GOOD) - 1))
    def test_finds_every_cut(self, tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
        """A file cut anywhere is damaged, even where an HDU ends."""
        assert find_problem(put(tmp_path_factory.mktemp("cut") / "a.fits", GOOD[:length]))

    @pytest.mark.slow
    @given(offset=st.integers(0, 8000 - 1), bit=st.integers(0, 7))
    def test_finds_every_flipped_bit(
        self, tmp_path_factory: pytest.TempPathFactory, offset: int, bit: int
    ) -> None:
        """A single bit that is wrong in the data of an HDU with CHECKSUM is found."""
        start = 2 * BLOCK + GOOD[2 * BLOCK :].index(np.arange(2, dtype=">f4").tobytes())
        body = bytearray(GOOD)
        body[start + offset] ^= 1 << bit
        problem = find_problem(put(tmp_path_factory.mktemp("flip") / "a.fits", bytes(body)))
        assert problem == "the checksum of HDU 1 is wrong"

    def test_accepts_real_files(self, real_files: Path) -> None:
        """Every file of a real archive is sound."""
        paths = [*real_files.rglob("*.fits*")]
        assert paths
        assert {path.name: find_problem(path) for path in paths} == {p.name: None for p in paths}

    def test_does_not_call_an_unreadable_file_damaged(self, tmp_path: Path) -> None:
        """A file that cannot be read raises, so that nobody removes it."""
        with pytest.raises(OSError):
            find_problem(tmp_path / "absent.fits")


class TestFitsFiles:
    def test_knows_fits_files_by_name(self, tmp_path: Path) -> None:
        """Names decide in lightkurve's cache, whatever is in the files."""
        cache = lightkurve_cache(tmp_path)
        wanted = {put(cache.folder / "Kepler" / n, HTML) for n in ("a.fits", "b.FITS.gz", "c.fit")}
        put(cache.folder / "manifest.csv", GOOD)
        assert set(fits_files(cache)) == wanted

    def test_knows_fits_files_in_astropys_cache(self, tmp_path: Path) -> None:
        """Files named ``contents`` count by their address or their first bytes."""
        cache = Cache("astropy", tmp_path, tmp_path)
        wanted = {put(tmp_path / "1" / "contents", HTML), put(tmp_path / "2" / "contents", GOOD)}
        put(tmp_path / "1" / "url", b"http://127.0.0.1/a_llc.fits")
        put(tmp_path / "2" / "url", b"http://127.0.0.1/file?uri=a")
        put(tmp_path / "3" / "contents", b"leap seconds")
        put(tmp_path / "3" / "url", b"http://127.0.0.1/leap.list")
        assert set(fits_files(cache)) == wanted

    def test_does_not_follow_links(self, tmp_path: Path) -> None:
        """Neither a linked file nor a linked folder is looked into; the links are listed."""
        cache = lightkurve_cache(tmp_path / "cache")
        outside = put(tmp_path / "outside" / "a.fits", HTML)
        (cache.folder / "file.fits").symlink_to(outside)
        (cache.folder / "folder").symlink_to(outside.parent)
        assert list(fits_files(cache)) == []
        assert {path.name for path in all_files(cache)} == {"file.fits", "folder"}


class TestRemoveFiles:
    def test_removes_folders_left_empty(self, tmp_path: Path) -> None:
        """Folders without a file are removed too, but never the cache itself."""
        cache = lightkurve_cache(tmp_path)
        path = put(cache.folder / "Kepler" / "star" / "a.fits", GOOD)
        assert remove_files(cache, [path]) == len(GOOD)
        assert cache.folder.is_dir()
        assert list(cache.folder.iterdir()) == []

    def test_removes_a_link_but_not_its_target(self, tmp_path: Path) -> None:
        """What a link points to stays."""
        cache = lightkurve_cache(tmp_path / "cache")
        outside = put(tmp_path / "a.fits", GOOD)
        (cache.folder / "link").symlink_to(outside)
        remove_files(cache, list(all_files(cache)))
        assert outside.read_bytes() == GOOD
        assert list(cache.folder.iterdir()) == []

    def test_astropys_address_belongs_to_its_file(self, tmp_path: Path) -> None:
        """Removing one of astropy's files removes its address, so that astropy fetches it again."""
        cache = Cache("astropy", tmp_path, tmp_path)
        path = put(tmp_path / "url" / "1" / "contents", GOOD)
        address = put(tmp_path / "url" / "1" / "url", b"http://127.0.0.1/a.fits")
        assert belongings(cache, path) == [path, address]
        assert remove_files(cache, belongings(cache, path)) == len(GOOD) + 23
        assert list(tmp_path.iterdir()) == []


class TestFindCaches:
    def test_finds_nothing_in_an_empty_home(self, home: Path) -> None:
        """Caches that do not exist are not listed."""
        assert find_caches() == []

    @pytest.mark.parametrize(
        "name", [".cache/lightkurve", ".lightkurve/cache", ".lightkurve-cache"]
    )
    def test_finds_every_place_of_lightkurve(self, home: Path, name: str) -> None:
        """Both the old and the new places of lightkurve's cache are found."""
        cache = lightkurve_cache(home / name)
        assert find_caches() == [cache]

    def test_leaves_the_users_files_beside_the_cache_alone(self, home: Path) -> None:
        """Only what lightkurve writes below its folder is the cache's."""
        cache = lightkurve_cache(home / ".cache" / "lightkurve")
        put(cache.configured / "my-notes.txt", b"")
        assert [found.folder for found in find_caches()] == [cache.folder]

    def test_obeys_lightkurves_configuration(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """``cache_dir`` in lightkurve.cfg names the folder."""
        chosen = lightkurve_cache(tmp_path / "chosen")
        setting = f"[config]\ncache_dir = {chosen.configured}\n"
        put(tmp_path / "xdg" / "lightkurve" / "lightkurve.cfg", setting.encode())
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
        cache_files._LightkurveConf().reload()
        assert find_caches() == [chosen]

    def test_obeys_the_environment(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """XDG_CACHE_HOME moves lightkurve's and astropy's, XENOSCAN_CACHE_DIR our own."""
        moved = lightkurve_cache(tmp_path / "xdg" / "lightkurve")
        download = tmp_path / "xdg" / "astropy" / "download"
        download.mkdir(parents=True)
        own = tmp_path / "own"
        own.mkdir()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        monkeypatch.setenv("XENOSCAN_CACHE_DIR", str(own))
        assert find_caches() == [
            moved,
            Cache("astropy", download.parent, download),
            Cache("xenoscan", own, own),
        ]

    @pytest.mark.slow
    @pytest.mark.lightkurve
    def test_agrees_with_lightkurve(self, home: Path) -> None:
        """The folder that lightkurve itself would use is among those found."""
        import lightkurve.config

        folder = Path(lightkurve.config.get_cache_dir()).resolve()
        cache = lightkurve_cache(folder)
        assert find_caches() == [cache]

    def test_does_not_follow_a_linked_content_folder(self, home: Path, tmp_path: Path) -> None:
        """A ``mastDownload`` that is a link leads out of the cache."""
        outside = tmp_path / "outside"
        outside.mkdir()
        folder = home / ".cache" / "lightkurve"
        folder.mkdir(parents=True)
        (folder / "mastDownload").symlink_to(outside)
        assert find_caches() == []


class TestRefuseUnsafe:
    @pytest.mark.parametrize("configured", ["data", "data/raw", ".", "data/../data/raw"])
    def test_refuses_what_overlaps_the_results(self, tmp_path: Path, configured: str) -> None:
        """A cache in the results folder, around it or equal to it is refused."""
        folder = (tmp_path / configured).resolve()
        with pytest.raises(UsageError, match="overlaps the results"):
            refuse_unsafe([Cache("lightkurve", folder, folder / "tesscut")], tmp_path / "data")

    def test_refuses_a_linked_results_folder(self, tmp_path: Path) -> None:
        """A results folder reached by a link is protected too."""
        (tmp_path / "disk").mkdir()
        (tmp_path / "data").symlink_to(tmp_path / "disk")
        folder = (tmp_path / "disk" / "cache").resolve()
        with pytest.raises(UsageError, match="overlaps the results"):
            refuse_unsafe([Cache("xenoscan", folder, folder)], tmp_path / "data")

    def test_refuses_what_holds_the_home_directory(self, home: Path, tmp_path: Path) -> None:
        """A cache variable that names the home directory by mistake removes nothing."""
        with pytest.raises(UsageError, match="home directory"):
            refuse_unsafe([Cache("xenoscan", home, home)], tmp_path / "data")

    def test_allows_neighbors(self, home: Path, tmp_path: Path) -> None:
        """Folders beside the results are accepted, even with a similar name."""
        folder = tmp_path / "data-cache"
        refuse_unsafe([Cache("xenoscan", folder, folder)], tmp_path / "data")


@pytest.mark.slow
def test_a_bomb_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that grows without end when decompressed is not held in memory."""
    monkeypatch.setattr(cache_files, "_LARGEST_FILE", 10**6)
    path = tmp_path / "a.fits.gz"
    path.write_bytes(gzip.compress(bytes(10**8)))
    tracemalloc.start()
    assert find_problem(path) == "more than 1000000 bytes when decompressed"
    assert tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()
