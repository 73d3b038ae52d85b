"""A copy in an object store is whole whenever it is looked at, whatever happens on the way."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from preprocessing import open_dataset
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.packed_folder import PackedFolder, partition_files
from preprocessing.core.published_folder import FORMER
from preprocessing.core.remote_path import RemotePath
from preprocessing.dataset.packing import publish as publishing
from preprocessing.dataset.packing.pack import PackRequest, pack
from preprocessing.dataset.packing.publish import publish
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from preprocessing.network.object_store import remove_object
from tests.support.clocked_stars import write_clocked_star
from tests.support.packing import contents, write_dataset, write_star
from tests.support.s3_server import BUCKET, Application, Environ, S3Server, s3_server, use_server

PREFIX = "some/where/"
TO = RemotePath(f"s3://{BUCKET}/{PREFIX}".rstrip("/"))
#: Another store that fsspec knows, which answers at once.
IN_MEMORY = RemotePath("memory://bucket/prefix")
#: Stars of the former data set, and one that comes.
NUMBERS, MORE = (757076, 757077), 757078
CURVES = "hats/lightcurves/dataset/Norder=0/Dir=0/Npix=3.parquet"


@pytest.fixture(scope="module")
def running() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def server(running: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    running.clear()
    use_server(running, monkeypatch)
    return running


@pytest.fixture
def memory() -> Callable[[], dict[str, bytes]]:
    """Empty the store in memory; return what tells its objects."""
    from fsspec.implementations.memory import MemoryFileSystem

    def objects() -> dict[str, bytes]:
        files = MemoryFileSystem()
        return {
            path.removeprefix("/bucket/prefix/"): files.cat_file(path)
            for path in files.find("/bucket")
        }

    MemoryFileSystem.store.clear()
    return objects


def packed(root: Path, numbers: Iterable[int], **cards: Any) -> Path:
    write_dataset(root, numbers, **cards)
    pack(PackRequest(root))
    return root


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("former"), NUMBERS)


@pytest.fixture(scope="module")
def later(former: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same data set with a star more, and one that was fetched again."""
    root = tmp_path_factory.mktemp("later")
    shutil.copytree(former, root, dirs_exist_ok=True)
    folder = root / "lightcurves"
    write_star(folder, MORE)
    write_star(folder, NUMBERS[0], TEFF=4321)
    pack(PackRequest(root))
    return root


def numbers_of(root: Path | RemotePath) -> dict[str, tuple[object, ...]]:
    """Return what a data set says of every star, after its digests were compared."""
    return {
        star.name: (
            star.header["TEFF"],
            *(a.tobytes() for a in (star.time, star.flux, star.quality, star.centroid_col)),
        )
        for star in open_dataset(str(root), verify=True)
    }


def test_only_what_changed_is_sent(server: S3Server, former: Path, later: Path) -> None:
    """A copy has the bytes of the data set; the next run sends what differs, and no more."""
    done = publish(former, TO)
    assert (done.n_sent, done.n_kept, done.n_removed, done.has_card) == (2, 0, 0, True)
    assert server.objects(PREFIX) == contents(former)
    assert numbers_of(TO) == numbers_of(former)
    done = publish(former, TO)
    assert (done.n_sent, done.n_bytes, done.n_kept) == (0, 0, 2)
    # A cell that is divided since: its file goes last.
    server.put({f"{PREFIX}{CURVES.replace('=3', '=4')}": b"PAR1"})
    done = publish(later, TO)
    assert (done.n_sent, done.n_removed) == (2, 1)
    assert server.objects(PREFIX) == contents(later)
    assert numbers_of(TO) == numbers_of(later) != numbers_of(former)


class Killed(BaseException):
    """What a kill is to a test."""


def dies_after(monkeypatch: pytest.MonkeyPatch, n_steps: int) -> None:
    """Let the work end after some steps in the store."""
    made = 0
    monkeypatch.setattr(publishing, "_AT_A_TIME", 1)

    def counted(step: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            nonlocal made
            if made == n_steps:
                raise Killed
            made += 1
            return step(*given)

        return run

    for name in ("send_file", "copy_object", "remove_object"):
        monkeypatch.setattr(publishing, name, counted(getattr(publishing, name)))


@pytest.mark.slow
def test_every_moment_has_one_data_set(
    memory: Callable[[], dict[str, bytes]], former: Path, later: Path
) -> None:
    """Killed after any step, the former or the new data set can be read, and it can be finished."""
    old, new = numbers_of(former), numbers_of(later)
    seen = []
    for n_steps in range(100):
        for name in memory():
            remove_object(IN_MEMORY / name)
        publish(former, IN_MEMORY)
        with pytest.MonkeyPatch.context() as monkeypatch:
            dies_after(monkeypatch, n_steps)
            try:
                publish(later, IN_MEMORY)
            except Killed:
                pass
            else:
                break
        found = numbers_of(IN_MEMORY)
        assert found in (old, new)
        seen.append(found == new)
        publish(later, IN_MEMORY)
        assert memory() == contents(later)
    # Two copies, two files, six tables; then stars.parquet makes the step.
    assert seen == sorted(seen) and seen.index(True) == 11 and len(seen) > 13


def test_a_first_copy_that_broke_off_is_none(
    server: S3Server, former: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before stars.parquet is there, there is no data set; what was sent is not sent again."""
    with monkeypatch.context() as context:
        dies_after(context, 5)
        with pytest.raises(Killed):
            publish(former, TO)
    with pytest.raises(UsageError, match="there is no packed data set at s3://"):
        open_dataset(TO.url)
    assert publish(former, TO).n_kept == 2


def test_runs_that_broke_off_add_up(
    memory: Callable[[], dict[str, bytes]], former: Path, later: Path
) -> None:
    """What two runs left that did not end is the former data set, and can be put right."""
    publish(former, IN_MEMORY)
    for _ in range(2):
        with pytest.MonkeyPatch.context() as monkeypatch:
            dies_after(monkeypatch, 3)
            with pytest.raises(Killed):
                publish(later, IN_MEMORY)
    assert numbers_of(IN_MEMORY) == numbers_of(former)
    # Back to the former: files that were replaced are not those that its lists say.
    publish(former, IN_MEMORY)
    assert memory() == contents(former)


def test_readers_of_what_was_replaced_are_told(server: S3Server, former: Path, later: Path) -> None:
    """A data set that was open while a newer one took its place gives no wrong star."""
    publish(former, TO)
    dataset = open_dataset(TO.url)
    one, other = dataset.ids
    assert len(dataset[one]) > 0
    publish(later, TO)
    assert len(dataset[other]) > 0
    again = open_dataset(TO.url)
    assert len(again) == 3 and again[one].header["TEFF"] == 4321


def method(environ: Environ) -> str:
    return str(environ["REQUEST_METHOD"])


def is_partition(environ: Environ) -> bool:
    return "Npix=" in environ["PATH_INFO"] and FORMER not in environ["PATH_INFO"]


def test_a_wrong_etag_is_no_proof(server: S3Server, former: Path) -> None:
    """Where the store's digest says otherwise, as with keys of the user's, content is read back."""

    def wrong_etag(application: Application) -> Application:
        def answer(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
            def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                tags = {"etag": f'"{"0" * 32}"'}
                return start(status, [(k, tags.get(k.lower(), v)) for k, v in headers], *more)

            return application(environ, begin if method(environ) == "HEAD" else start)

        return answer

    server.faults.append(wrong_etag)
    publish(former, TO)
    server.faults.clear()
    assert server.objects(PREFIX) == contents(former)


def replaced_after_put(server: S3Server, times: int) -> Callable[[Application], Application]:
    """Let the store have something else than what was sent, some times."""
    left = [times]

    def fault(application: Application) -> Application:
        def answer(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
            body = list(application(environ, start))
            if method(environ) == "PUT" and is_partition(environ) and left[0]:
                left[0] -= 1
                key = environ["PATH_INFO"].removeprefix(f"/{BUCKET}/")
                server.replace(key, bytes(100))
            return body

        return answer

    return fault


def test_what_arrives_damaged_is_sent_again(server: S3Server, former: Path) -> None:
    """A file that the store has otherwise than it was sent is sent again, at most three times."""
    server.faults.append(replaced_after_put(server, 1))
    publish(former, TO)
    assert server.objects(PREFIX) == contents(former)
    server.clear()
    server.faults.append(replaced_after_put(server, 100))
    with pytest.raises(RunError, match=r"Npix=\d+.parquet is not what was sent, 3 times"):
        publish(former, TO)
    server.faults.clear()
    assert "stars.parquet" not in server.objects(PREFIX)


def cut_in_mid_put(times: int) -> Callable[[Application], Application]:
    """Close the connection when a part of a file has arrived, some times."""
    left = [times]

    def fault(application: Application) -> Application:
        def answer(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
            if method(environ) == "PUT" and is_partition(environ) and left[0]:
                left[0] -= 1
                environ["wsgi.input"].read(100)
                environ["werkzeug.socket"].shutdown(2)
                raise ConnectionAbortedError
            return application(environ, start)

        return answer

    return fault


def test_a_connection_that_is_cut_in_mid_put(server: S3Server, former: Path, later: Path) -> None:
    """A cut connection is tried again; if all are cut, the former data set is there as before."""
    publish(former, TO)
    server.faults.append(cut_in_mid_put(100))
    with pytest.raises(OSError, match="object store") as caught:
        publish(later, TO)
    assert caught.value.filename.startswith(TO.url)
    server.faults.clear()
    assert numbers_of(TO) == numbers_of(former)
    server.faults.append(cut_in_mid_put(1))
    publish(later, TO)
    assert numbers_of(TO) == numbers_of(later)


def test_a_stale_listing_misleads_nobody(server: S3Server, former: Path, later: Path) -> None:
    """A listing that is late, by the store's fault or by fsspec's, decides nothing."""
    answers: dict[str, tuple[Any, ...]] = {}

    def stale(application: Application) -> Application:
        def answer(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
            if "list-type=2" not in environ["QUERY_STRING"]:
                return application(environ, start)
            key = environ["QUERY_STRING"]
            if key not in answers:
                begun: list[Any] = []
                body = list(application(environ, lambda *given: begun.extend(given)))
                answers[key] = (begun, body)
            begun, body = answers[key]
            start(*begun)
            return list(body)

        return answer

    server.faults.append(stale)
    publish(former, TO)
    publish(later, TO)
    assert numbers_of(TO) == numbers_of(later)


def put(name: str, content: bytes) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    MemoryFileSystem().pipe_file(f"/bucket/prefix/{name}", content)


class TestNothingIsMixed:
    def test_another_data_set(
        self, memory: Callable[[], dict[str, bytes]], former: Path, tmp_path: Path
    ) -> None:
        """A data set never replaces one whose stars it lacks, or a real one if it is synthetic."""
        publish(former, IN_MEMORY)
        before = memory()
        with pytest.raises(UsageError, match=r"holds 2 light curves that .* \(KIC_757076.fits, "):
            publish(packed(tmp_path / "other", [MORE]), IN_MEMORY)
        with pytest.raises(UsageError, match="holds 2 light curves"):
            publish(packed(tmp_path / "made-up", NUMBERS, SYNTHET=True), IN_MEMORY)
        assert memory() == before

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("stars.parquet", b"PAR1 and so on"),
            ("hats/lightcurves/hats.properties", b"#HATS catalog\nhats_builder=another\n"),
        ],
    )
    def test_another_program(
        self, name: str, content: bytes, memory: Callable[[], dict[str, bytes]], former: Path
    ) -> None:
        """What another program wrote stays, and nothing is put beside it."""
        put(name, content)
        with pytest.raises(UsageError, match="name another place"):
            publish(former, IN_MEMORY)
        assert memory() == {name: content}

    def test_a_readme_of_ones_own(
        self, memory: Callable[[], dict[str, bytes]], former: Path
    ) -> None:
        """A README of the user's stays; the data set is sent without its card."""
        put("README.md", b"mine")
        assert not publish(former, IN_MEMORY).has_card
        assert memory() == {**contents(former), "README.md": b"mine"}

    def test_damage_is_not_sent(
        self, memory: Callable[[], dict[str, bytes]], former: Path, tmp_path: Path
    ) -> None:
        """A file that is not the one that was written is named, and the copy stays as it is."""
        root = tmp_path / "damaged"
        shutil.copytree(former, root)
        (path,) = partition_files(PackedFolder(root).curves)
        content = bytearray(path.read_bytes())
        content[99] ^= 1
        path.write_bytes(content)
        with pytest.raises(RunError, match=f"{path.name} is not the file .* verify --repair"):
            publish(root, IN_MEMORY)
        assert "stars.parquet" not in memory()


def test_times_of_the_compact_profile(
    memory: Callable[[], dict[str, bytes]], tmp_path: Path
) -> None:
    """The clock goes along, and times come back bit for bit from the store."""
    places = DatasetFolder(tmp_path)
    for number in NUMBERS:
        write_clocked_star(places, [kepler_product(LONG_STAMPS[1][0], number, "long")])
    pack(PackRequest(tmp_path, is_compact=True))
    publish(tmp_path, IN_MEMORY)
    assert memory() == contents(tmp_path) and "clock.parquet" in memory()
    assert numbers_of(IN_MEMORY) == numbers_of(tmp_path)
