"""A packed data set in an object store is read as one on disk, and its troubles are one line."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from preprocessing import open_dataset
from preprocessing.core.errors import UsageError
from preprocessing.core.remote_path import RemotePath
from preprocessing.dataset.packing.publish import publish
from tests.support.outputs import on_disk
from tests.support.packed_data_set import packed_data_set
from tests.support.s3_server import BUCKET, Application, Environ, S3Server, s3_server, use_server

URL = f"s3://{BUCKET}/prefix"
N_STARS = 18


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed_data_set(tmp_path_factory.mktemp("published"), N_STARS)


@pytest.fixture(scope="module")
def running(root: Path) -> Iterator[S3Server]:
    with s3_server() as server, pytest.MonkeyPatch.context() as monkeypatch:
        use_server(server, monkeypatch)
        publish(root, RemotePath(URL))
        yield server


@pytest.fixture
def server(running: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    running.faults.clear()
    use_server(running, monkeypatch)
    return running


def refuse(
    server: S3Server, answer: Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
) -> None:
    """Let the server answer every request so."""

    def fault(application: Application) -> Application:
        return answer

    server.faults.append(fault)


def test_stars_are_those_on_disk(server: S3Server, root: Path) -> None:
    """Every star has the arrays, bit for bit, that the data set on disk has; so have others."""
    local, remote = open_dataset(root), open_dataset(f"{URL}/", verify=True)
    assert remote.ids == local.ids and remote.lightcurves is None
    assert repr(remote) == f"<Dataset of 18 light curves in {URL}, 18 of them packed>"
    names = ("time", "flux", "flux_err", "quality", "cadence_number", "centroid_col")
    for one, other in zip(remote.read(jobs=2), local, strict=True):
        assert [getattr(one, name).tobytes() for name in names] == [
            getattr(other, name).tobytes() for name in names
        ]
        assert str(one.path).startswith(URL) and one.path.name == on_disk(other.path).name
    copy = pickle.loads(pickle.dumps(remote))
    (star,) = copy.columns(("flux", "centroid_row"), [remote.ids[-1]])
    assert star["flux"].tobytes() == local[remote.ids[-1]].flux.tobytes()
    assert remote.select("n_points > 0 and mission = 'Kepler'") == local.select("n_points > 0")


def test_only_what_is_needed_is_fetched(server: S3Server, root: Path) -> None:
    """A flux takes a few ranges of its file, and none if its row group was just decoded."""
    dataset, fetched = open_dataset(URL), list[tuple[str, str]]()

    def note(application: Application) -> Application:
        def answer(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
            fetched.append((environ["REQUEST_METHOD"], environ.get("HTTP_RANGE", "")))
            return application(environ, start)

        return answer

    server.faults.append(note)
    list(dataset.columns("flux", dataset.ids[:1]))
    assert len(fetched) < 8 and all(x for method, x in fetched if method == "GET")
    fetched.clear()
    list(dataset.columns("flux", dataset.ids[1:16]))
    assert fetched == []
    # Another row group of the same file: its footer is known.
    list(dataset.columns("flux", dataset.ids[16:17]))
    assert {method for method, _ in fetched} == {"GET"} and len(fetched) <= 2


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://no-such-bucket/prefix", "there is no bucket no-such-bucket"),
        (f"s3://{BUCKET}/elsewhere", "there is no packed data set at s3://stpubdata/elsewhere"),
        (Path(URL), r"is a URL that lost a slash: .* not as a Path"),
        ("s3://", "does not name a place in an object store"),
        (f"s3://{BUCKET}/a b", "does not name a place in an object store"),
        ("nonsense://bucket/prefix", "cannot use nonsense://bucket/prefix .*not known"),
        ("file:///tmp/mine", "is a folder of this machine"),
    ],
)
def test_urls_that_lead_nowhere(url: str | Path, message: str, server: S3Server) -> None:
    """A URL that is wrong is refused with what is wrong with it."""
    with pytest.raises(UsageError, match=message):
        open_dataset(url)


def test_a_missing_package_is_named(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without s3fs, the extra is named that brings it."""
    registry = import_module("fsspec.registry")
    monkeypatch.setitem(registry._registry, "s3", None)
    monkeypatch.delitem(registry._registry, "s3")
    monkeypatch.setitem(
        registry.known_implementations, "s3", {"class": "no_s3fs.S3", "err": "Install s3fs"}
    )
    with pytest.raises(UsageError, match=r"Install s3fs\): pip install 'xenoscan\[s3\]'"):
        open_dataset(URL)


def test_denied(server: S3Server) -> None:
    """A store that refuses is one line with the place, and no damage."""
    dataset = open_dataset(URL)

    def deny(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        start("403 Forbidden", [("Content-Type", "application/xml")])
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return [b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"]

    refuse(server, deny)
    with pytest.raises(PermissionError, match="access is denied"):
        dataset[dataset.ids[0]]
    with pytest.raises(PermissionError, match=f"access is denied .*{URL}"):
        open_dataset(URL)


def test_no_credentials(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials, the message says so."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    with pytest.raises(PermissionError, match="there are no credentials"):
        open_dataset(URL)


def test_silence(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that stops answering is given up after its time-outs."""
    from s3fs import S3FileSystem

    monkeypatch.setattr(S3FileSystem, "read_timeout", 0.2)
    S3FileSystem.clear_instance_cache()
    dataset, over = open_dataset(URL), Event()

    def wait(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        over.wait(30)
        start("500 Too Late", [])
        return []

    refuse(server, wait)
    try:
        with pytest.raises(TimeoutError, match="does not answer"):
            dataset[dataset.ids[0]]
        (failure,) = dataset.read(dataset.ids[:1], failures="yield")
        assert isinstance(failure.error, TimeoutError)  # type: ignore[union-attr]
    finally:
        over.set()


def test_an_unreachable_store(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that nobody serves is one line too."""
    from s3fs import S3FileSystem

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    S3FileSystem.clear_instance_cache()
    with pytest.raises(OSError, match="the object store"):
        open_dataset(URL)
